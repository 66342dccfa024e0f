import type { Clock } from '../clock.ts';
import type { HookClient } from './occasion.ts';

/** One run of `waggle hook`, with everything it may touch. */
export interface HookCall {
  readonly client: HookClient;
  readonly event: string;
  readonly agent: string;
  readonly payload: Buffer;
  /** `--dir`; otherwise the nearest `.waggle` above where the client works. */
  readonly dir: string | undefined;
  readonly cwd: string;
  readonly clock: Clock;
  /** Fresh random text for each frame around peers' words. */
  readonly boundary: () => string;
  readonly stop: AbortSignal;
}

/** What goes back to the client. `exitCode` 2 stands for "wake the agent with what stderr says" and nothing else. */
export interface HookAnswer {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: Readonly<Record<string, unknown>> | undefined;
  readonly stderr: string | undefined;
  /** Mail whose summary is in it, and whose swarm's it is; reported once the client has the answer. */
  readonly told?: { readonly directory: string; readonly ids: readonly string[] };
}

/** Nothing to say. */
export const silent: HookAnswer = { exitCode: 0, stdout: undefined, stderr: undefined };
