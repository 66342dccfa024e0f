import { openContender, takeTurns } from './lives.ts';
import type { Run } from './run.ts';

/**
 * Waggle through its socket beside the algorithm it replaces. The JSON file holds 450 and 2,000 messages when it is
 * measured, and only few are added by the measuring itself.
 */
export async function measureLegacy(run: Run): Promise<Partial<Record<string, readonly number[]>>> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await openContender(run, 'socket'));
  const few = stack.use(await openContender(run, 'json-file'));
  await few.call('fill', 450);
  const many = stack.use(await openContender(run, 'json-file'));
  await many.call('fill', 2_000);
  return await takeTurns(
    run,
    new Map([
      ['hub', hub],
      ['450', few],
      ['2000', many],
    ] as const),
    { callers: 64 },
  ); // by name
}
