import { Session } from 'node:inspector/promises';

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
  const { indexOf, toString } = Buffer.prototype;
  const { includes } = Uint8Array.prototype;
  const { decode } = TextDecoder.prototype;
  const { parse } = JSON;
  Object.assign(Buffer.prototype, {
    indexOf(this: Buffer, value: number, from = 0) {
      const found = indexOf.call(this, value, from);
      count += (found === -1 ? this.length : found) - from;
      return found;
    },
    toString(this: Buffer, ...how: Parameters<typeof toString>) {
      count += this.length;
      return toString.apply(this, how);
    },
  });
  Uint8Array.prototype.includes = function (value, from = 0) {
    count += this.length - from;
    return includes.call(this, value, from);
  };
  TextDecoder.prototype.decode = function (input, options) {
    count += input?.byteLength ?? 0;
    return decode.call(this, input, options);
  };
  JSON.parse = (text: string) => {
    count += text.length;
    return parse(text) as unknown;
  };
  return () => count;
}
