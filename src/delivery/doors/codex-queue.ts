import { join } from 'node:path';
import { plainExcerpt } from '../../plain.ts';
import { inheritable } from '../../process/environment.ts';
import { resolveProgram } from '../../process/resolve-program.ts';
import type { DeliveryDoor } from '../delivery-door.ts';
import { wakeNotice } from '../wake-notice.ts';
import type { ExecOptions } from './exec.ts';
import { runProgram } from './run-program.ts';

/**
 * `codex queue`: leaves the notice with Codex itself, which takes it up when the thread runs next. For a thread no app-server
 * has open; it does not wake a TUI that sits idle without one.
 */
export function codexQueueDoor({
  agents,
  environment,
  run = runProgram,
}: Omit<ExecOptions, 'newBoundary'>): DeliveryDoor {
  const program = () => resolveProgram('codex', '/', environment['PATH']);
  return {
    name: 'codex-queue',
    repeatable: false,
    cost: 'a turn',
    async look() {
      return program() === undefined ? { open: false, reason: 'codex is not on the PATH of the hub' } : { open: true };
    },
    async deliver({ agent, settings: { thread = '', socket }, messages }, signal) {
      const found = program();
      if (found === undefined) return { result: 'refused', reason: 'codex is not on the PATH of the hub' };
      const remote = socket === undefined ? [] : ['--resume', '--remote', `unix://${socket}`];
      const args = ['queue', `--thread=${thread}`, `--message=${wakeNotice(agent, messages)}`, ...remote];
      const log = join(agents, agent, 'exec.log');
      const ended = await run({
        program: found,
        args,
        cwd: '/',
        environment: inheritable(environment),
        input: '',
        log,
        signal,
      });
      switch (ended.end) {
        case 'never-ran':
          return { result: 'refused', reason: `codex could not be started: ${ended.reason}` };
        case 'left':
          return { result: 'uncertain', why: 'the hub stopped while it ran' };
        case 'exited':
          if (ended.code === 0) return { result: 'injected' };
          // Nothing but a line in a queue: what ended with an error left none.
          return {
            result: 'refused',
            reason: `codex queue ended with ${ended.code ?? 'a signal'}: ${plainExcerpt(ended.said, 300)}`,
          };
      }
    },
  };
}
