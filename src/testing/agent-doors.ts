import { readFileSync } from 'node:fs';
import type { TokenRole } from '../agent/policy.ts';
import { WaggleError } from '../errors.ts';
import type { InputOf, OperationName } from '../hub/api.ts';
import { type Operation, operator } from '../hub/operation.ts';
import { swarmDirectory } from '../hub/swarm-directory.ts';
import { FrameConnection } from '../sdk/frame-connection.ts';
import { startTempHub } from './temp-hub.ts';

export type TempHub = Awaited<ReturnType<typeof startTempHub>>;

/** What a call came to, the same over every door. */
export type Outcome = { readonly result: unknown } | { readonly status: number; readonly code: string };

/** One way into the hub with one token. */
export type Door = <N extends OperationName>(token: string, name: N, input: InputOf<N>) => Promise<Outcome>;

export async function mintToken(
  hub: TempHub,
  id: string,
  options: { role?: TokenRole; expiresInMs?: number } = {},
): Promise<string> {
  const { file } = await hub.hub.call('agent.token', { id, ...options }, { caller: operator });
  return readFileSync(file, 'utf8').trim();
}

export function restDoor(hub: TempHub): Door {
  return async (token, name, input) => {
    const { http } = hub.hub.operations[name] as Operation;
    const rest: Record<string, unknown> = { ...input };
    const path = http.path.replaceAll(/:(\w+)/g, (_, part: string) => {
      const value = String(rest[part]);
      delete rest[part];
      return encodeURIComponent(value);
    });
    const isPost = http.method === 'POST';
    const query = new URLSearchParams(
      Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)])),
    );
    const answer = await fetch(`${hub.url}${path}${isPost ? '' : `?${query.toString()}`}`, {
      method: http.method,
      headers: { authorization: `Bearer ${token}`, ...(isPost ? { 'content-type': 'application/json' } : {}) },
      ...(isPost ? { body: JSON.stringify(rest) } : {}),
    });
    const document = (await answer.json()) as { code?: string };
    return answer.ok ? { result: document } : { status: answer.status, code: String(document.code) };
  };
}

export function streamDoor(hub: TempHub): Door {
  return async (token, name, input) => {
    const connection = openStream(hub, token);
    try {
      return { result: await connection.call(name, input) };
    } catch (error) {
      if (!(error instanceof WaggleError)) throw error;
      return { status: error.code === 'unauthorized' ? 401 : error.code === 'forbidden' ? 403 : 0, code: error.code };
    } finally {
      await connection.close();
    }
  };
}

export function openStream(hub: TempHub, token: string): FrameConnection {
  return new FrameConnection({ at: { path: swarmDirectory(hub.dir).socket }, token });
}

/** A hub whose agents ada and bob are of team red, and cy of none; nobody has a token yet. */
export async function startTeam(options: Parameters<typeof startTempHub>[0] = {}): Promise<TempHub> {
  const hub = await startTempHub(options);
  const call = hub.hub.call.bind(hub.hub);
  await call('agent.add', { id: 'ada', team: 'red', role: 'captain' }, { caller: operator });
  await call('agent.add', { id: 'bob', team: 'red' }, { caller: operator });
  await call('agent.add', { id: 'cy' }, { caller: operator });
  return hub;
}

/** The doors an agent's token opens. */
export const doors = [
  ['REST', restDoor],
  ['the stream', streamDoor],
] as const;
