import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunHubOptions, runHub } from '../compose.ts';
import { connectSwarm } from '../sdk/connect.ts';

/** A folder of its own for one test, removed with it. */
export function tempFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'waggle-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A real hub in this process over a temporary directory, with everything a test needs to talk to it. */
export async function startTempHub(options: Partial<RunHubOptions> & { config?: object } = {}) {
  const folder = tempFolder();
  const dir = join(folder.path, '.waggle');
  const { config, ...rest } = options;
  if (config !== undefined) {
    mkdirSync(dir, { mode: 0o700 });
    writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  }
  const running = await runHub({ dir, port: 0, ...rest });
  const token = readFileSync(join(dir, 'token'), 'utf8').trim();
  const url = running.status.url;
  return {
    ...running,
    dir,
    url,
    token,
    connect: () => connectSwarm({ dir, start: false }),
    /** An authorised request; `json` becomes the body. */
    request: (method: string, path: string, json?: unknown, headers: Record<string, string> = {}) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }),
      }),
    async [Symbol.asyncDispose]() {
      await running.close();
      folder[Symbol.dispose]();
    },
  };
}
