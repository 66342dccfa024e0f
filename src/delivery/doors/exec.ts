import { statSync } from 'node:fs';
import { join } from 'node:path';
import { plainExcerpt } from '../../plain.ts';
import { inheritable } from '../../process/environment.ts';
import { resolveProgram } from '../../process/resolve-program.ts';
import type { DeliveryDoor } from '../delivery-door.ts';
import { framedMessages, wakeNotice } from '../wake-notice.ts';
import { type ProgramRun, runProgram } from './run-program.ts';

export interface ExecOptions {
  /** The swarm's folder of agents: what a run says is kept beside its agent. */
  readonly agents: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly newBoundary: () => string;
  readonly run?: (run: ProgramRun) => ReturnType<typeof runProgram>;
}

/** How each client resumes a session without a terminal, the prompt on standard input. A new client is a row here. */
export const resumeCommands: Readonly<Record<string, (session: string) => readonly [string, ...string[]]>> = {
  claude: (session) => ['claude', '-p', '--resume', session],
  codex: (session) => ['codex', 'exec', 'resume', session, '-'],
};

/**
 * Resumes a headless agent for its mail and waits for the end of its turn. `seen` when the run ended well: the model had it.
 * The texts are in the prompt, framed, so that an agent without MCP can act on them. What a run did that failed is not known:
 * uncertain. A hub that stops leaves it running.
 */
export function execDoor({ agents, environment, newBoundary, run = runProgram }: ExecOptions): DeliveryDoor {
  const programOf = ({ client = '', session = '', folder = '' }: Readonly<Record<string, string>>) => {
    const command = Object.hasOwn(resumeCommands, client) ? resumeCommands[client]?.(session) : undefined;
    if (command === undefined) return { reason: `how ${client} resumes a session is not known` };
    if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false))
      return { reason: `${folder} is not a folder` };
    const [name, ...args] = command;
    const program = resolveProgram(name, folder, environment['PATH']);
    return program === undefined ? { reason: `${name} is not on the PATH of the hub` } : { program, args, cwd: folder };
  };
  return {
    name: 'exec',
    repeatable: false,
    cost: 'a process',
    async look({ settings }) {
      const found = programOf(settings);
      return 'reason' in found ? { open: false, reason: found.reason } : { open: true };
    },
    async deliver({ agent, settings, messages }, signal) {
      const found = programOf(settings);
      if ('reason' in found) return { result: 'refused', reason: found.reason };
      const ended = await run({
        ...found,
        environment: inheritable(environment),
        input: `${wakeNotice(agent, messages)}\n\n${framedMessages(messages, newBoundary)}\n`,
        log: join(agents, agent, 'exec.log'),
        signal,
      });
      switch (ended.end) {
        case 'never-ran':
          return { result: 'refused', reason: `it could not be started: ${ended.reason}` };
        case 'left':
          return { result: 'uncertain', why: 'the hub stopped while it ran; it was left running' };
        case 'exited':
          if (ended.code === 0) return { result: 'seen' };
          return {
            result: 'uncertain',
            why: `it ended with ${ended.code ?? 'a signal'}: ${plainExcerpt(ended.said, 300)}`,
          };
      }
    },
  };
}
