import { meterMethod, wrapMethod } from './wrap-method.ts';

/**
 * For tests: how many characters of text `read` looks at, by index, with regular expressions, and in what it cuts out or
 * hands to native readers. A count is the same on every machine, as a time is not.
 */
export function countReads(read: () => void): number {
  let count = 0;
  const spend = (cost: number) => {
    count += cost;
  };
  const replaced = [
    meterMethod(String.prototype, 'charCodeAt', spend, () => 1),
    meterMethod(String.prototype, 'slice', spend, (_, __, cut) => String(cut).length),
    meterMethod(String.prototype, 'startsWith', spend, (_, [start]) => String(start).length),
    meterMethod(String.prototype, 'isWellFormed', spend, (self) => String(self).length),
    meterMethod(JSON, 'parse', spend, (_, [text]) => String(text).length),
    wrapMethod(
      RegExp.prototype,
      'test',
      (former) =>
        function (this: unknown, ...args) {
          const pattern = this as RegExp; // or the call below throws
          const isStateful = pattern.global || pattern.sticky;
          const from = isStateful ? pattern.lastIndex : 0;
          const isFound = former.apply(this, args);
          // A search goes to what it finds or to the end; one that sticks gives up where it began.
          if (isFound === true && isStateful) count += pattern.lastIndex - from;
          else count += pattern.sticky ? 1 : String(args[0]).length - from;
          return isFound;
        },
    ),
  ];
  try {
    read();
  } finally {
    for (const putBack of replaced) putBack();
  }
  return count;
}
