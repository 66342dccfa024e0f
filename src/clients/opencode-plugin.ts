import { WaggleError } from '../errors.ts';
import type { WaggleCommand } from './client.ts';
import type { SettingsFile } from './settings-file.ts';

const path = '.opencode/plugins/waggle.js';
const firstLine = '// Written by `waggle init`; edits are lost with the next one. `waggle init --undo` removes it.';

/** A file of its own: OpenCode has no hook commands, but runs the plugins of a project in its own process. */
export function openCodePlugin(command: WaggleCommand): SettingsFile {
  return {
    path,
    install(text) {
      if (text !== undefined && !text.startsWith(firstLine)) {
        throw new WaggleError(
          'already_exists',
          `${path}: was not written by waggle init; rename it, nothing was written`,
          {
            details: { file: path },
          },
        );
      }
      return source(command);
    },
    remove: (text) => (text.startsWith(firstLine) ? undefined : text),
  };
}

/** Plain JavaScript without a dependency, so that it runs in whatever runtime OpenCode brings. */
function source({ words, agent, directory }: WaggleCommand): string {
  const [program, ...first] = words;
  return `${firstLine}
import { spawn } from 'node:child_process';

const program = ${JSON.stringify(program)};
const first = ${JSON.stringify([...first, 'hook', 'opencode'])};
const rest = ${JSON.stringify(['--agent', agent, '--dir', directory])};

// What Waggle has to say at an event; nothing when it fails or takes too long.
function ask(event, sessionID) {
  return new Promise((resolve) => {
    const child = spawn(program, [...first, event, ...rest], { stdio: ['pipe', 'pipe', 'ignore'], timeout: 10_000 });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stdin.on('error', () => {});
    child.on('error', () => resolve({}));
    child.on('close', () => {
      try {
        resolve(JSON.parse(text));
      } catch {
        resolve({});
      }
    });
    child.stdin.end(JSON.stringify({ session_id: sessionID, cwd: process.cwd() }));
  });
}

export const Waggle = async ({ client }) => ({
  event: async ({ event }) => {
    const sessionID = event.properties?.sessionID ?? event.properties?.info?.id;
    const known = ['session.created', 'session.idle', 'session.compacted', 'session.deleted'];
    if (sessionID === undefined || !known.includes(event.type)) return;
    const { prompt } = await ask(event.type, sessionID);
    if (prompt !== undefined)
      await client.session.prompt({ path: { id: sessionID }, body: { parts: [{ type: 'text', text: prompt }] } });
  },
  'tool.execute.after': async ({ sessionID }, output) => {
    const { context } = await ask('tool.execute.after', sessionID);
    if (context !== undefined && typeof output.output === 'string') output.output += '\\n\\n' + context;
  },
});
`;
}
