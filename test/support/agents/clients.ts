import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { areInstalled, cacheFolder, type SidePackages, sideFolderOf } from '../../../scripts/side-packages.ts';

/** The real clients the tests drive, exactly these: what they write and ask for changes from one version to the next. */
export const clientPackages: SidePackages = {
  folder: 'waggle-clients',
  versions: { '@anthropic-ai/claude-code': '2.1.331', '@openai/codex': '0.169.0' },
  runScripts: true,
};

/** Why tests with real clients cannot run here; undefined when they can. */
export const clientsAreMissing = areInstalled(clientPackages)
  ? undefined
  : 'Claude Code and Codex are not installed for tests: node scripts/install-clients.ts';

/** A home folder with nothing of the user's in it, in which a client starts without a question. */
export interface ClientHome extends Disposable {
  readonly path: string;
  /** A folder the client trusts, to work in. */
  readonly project: string;
  /** All a client is given of this process's environment, and where its model is. */
  readonly env: Readonly<Record<string, string>>;
}

/** Program of a client, run with the Node of this process. */
export function clientProgram(client: 'claude' | 'codex'): string {
  return join(sideFolderOf(clientPackages), 'node_modules', '.bin', client);
}

/** Its model is at `modelUrl`; the key is one no server knows. Works in a project of its own unless it is given one. */
export function claudeHome(modelUrl: string, project?: string): ClientHome {
  const home = emptyHome(project);
  const key = 'waggle-test-key';
  writeFileSync(
    join(home.path, '.claude.json'),
    JSON.stringify({
      hasCompletedOnboarding: true,
      theme: 'dark',
      customApiKeyResponses: { approved: [key], rejected: [] },
      projects: {
        [home.project]: {
          hasTrustDialogAccepted: true,
          hasCompletedProjectOnboarding: true,
          enabledMcpjsonServers: ['waggle'],
        },
      },
    }),
  );
  const env = {
    ...home.env,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: key,
    // Nothing but the model is asked for anything.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  return { ...home, env, [Symbol.dispose]: home[Symbol.dispose] };
}

export function codexHome(modelUrl: string, project?: string): ClientHome {
  const home = emptyHome(project);
  mkdirSync(join(home.path, '.codex'));
  writeFileSync(
    join(home.path, '.codex', 'config.toml'),
    `model = "scripted"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"

[model_providers.scripted]
name = "scripted"
base_url = "${modelUrl}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"

[projects.${JSON.stringify(home.project)}]
trust_level = "trusted"
`,
  );
  const env = { ...home.env, SCRIPTED_KEY: 'waggle-test-key', CODEX_HOME: join(home.path, '.codex') };
  return { ...home, env, [Symbol.dispose]: home[Symbol.dispose] };
}

/** Not below the folder for temporary files: Codex distrusts a home there. */
function emptyHome(given?: string): ClientHome {
  const parent = join(cacheFolder, 'waggle-homes');
  mkdirSync(parent, { recursive: true });
  const path = realpathSync(mkdtempSync(join(parent, 'home-')));
  const project = given ?? join(path, 'project');
  mkdirSync(project, { recursive: true });
  const env = {
    HOME: path,
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
  };
  return { path, project, env, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
