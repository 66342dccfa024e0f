import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { invalidInput } from '../../errors.ts';
import { findSwarmDirectory, newSwarmDirectory } from '../../hub/swarm-directory.ts';
import { plain } from '../../plain.ts';
import { startService } from '../../service.ts';
import type { Context } from '../command.ts';
import { demoSwarm } from '../demo/demo-swarm.ts';
import type { Beside } from './up.ts';

/** As `waggle up`, over a swarm made for the demo and nobody's else; what is temporary of it is gone afterwards. */
export async function upDemo(
  context: Context,
  run: (context: Context, beside: Beside) => Promise<number>,
): Promise<number> {
  const { output, clock, cwd, env } = context;
  if (context.dir !== undefined && findSwarmDirectory(context.dir, cwd) !== undefined) {
    throw invalidInput('--dir', context.dir, 'is a swarm already, and --demo makes one of its own; leave --dir out');
  }
  const temporary = context.dir === undefined ? mkdtempSync(join(tmpdir(), 'waggle-demo-')) : undefined;
  const dir = temporary === undefined ? newSwarmDirectory(context.dir, cwd) : join(temporary, '.waggle');
  const tell = (line: string) => output.note(output.errorStyle.dim(plain(line)));
  tell(`a demo: eight scripted agents in ${dirname(dir)}${temporary === undefined ? '' : ', removed when it ends'}`);
  try {
    return await run({ ...context, dir }, ({ hub }) => {
      const demo = demoSwarm({ hub, dir, clock, random: Math.random, env, tell, ...present(temporary) });
      return startService(demo, (error) => tell(`error: the demo ended: ${String(error)}`));
    });
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

function present(temporary: string | undefined): { temporary?: string } {
  return temporary === undefined ? {} : { temporary };
}
