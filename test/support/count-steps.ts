import { Session } from 'node:inspector/promises';
import { meterMethod } from '../../src/testing/wrap-method.ts';

/**
 * How much work something is: the blocks of source it runs in files whose address has `part` in it, by V8's own counters,
 * and the bytes and characters that native readers go over for it. The same on every machine, as a time is not. Only for
 * a process that nobody else measures, started once and run with `interpreted`: compiled code is not counted.
 */
export async function stepCounter(part: string): Promise<(task: () => void) => Promise<number>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const native = countNativeReads();
  return async (task) => {
    const before = native();
    task();
    // Taking the counts sets them to nothing.
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const blocks = result
      .filter(({ url }) => url.includes(part))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)));
    return blocks.reduce((sum, count) => sum + count, 0) + native() - before;
  };
}

/** Options of Node under which every block that runs is counted. */
export const interpreted = ['--no-opt', '--no-maglev', '--no-sparkplug'] as const;

/** Counts from now on what is searched, copied and decoded; for a process that ends soon. */
function countNativeReads(): () => number {
  let count = 0;
  const spend = (cost: number) => {
    count += cost;
  };
  const sizeOf = (self: unknown) => (ArrayBuffer.isView(self) ? self.byteLength : 0);
  meterMethod(
    Buffer.prototype,
    'indexOf',
    spend,
    (self, [, from = 0], at) => (at === -1 ? sizeOf(self) : Number(at)) - Number(from),
  );
  meterMethod(Object.getPrototypeOf(Uint8Array.prototype) as object, 'includes', spend, sizeOf); // every typed array's
  meterMethod(Buffer.prototype, 'toString', spend, sizeOf);
  meterMethod(TextDecoder.prototype, 'decode', spend, (_, [bytes]) => sizeOf(bytes));
  meterMethod(JSON, 'parse', spend, (_, [text]) => String(text).length);
  return () => count;
}
