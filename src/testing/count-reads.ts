/**
 * For tests: how many characters of text `read` looks at, by index, with regular expressions, and in what it cuts out or
 * hands to native readers. A count is the same on every machine, as a time is not.
 */
export function countReads(read: () => void): number {
  let count = 0;
  const { charCodeAt, slice, startsWith, isWellFormed } = String.prototype;
  const { test } = RegExp.prototype;
  const { parse } = JSON;
  const replaced = [
    replace(String.prototype, 'charCodeAt', function (this: string, at: number) {
      count += 1;
      return charCodeAt.call(this, at);
    }),
    replace(String.prototype, 'slice', function (this: string, start?: number, end?: number) {
      const cut = slice.call(this, start, end);
      count += cut.length;
      return cut;
    }),
    replace(String.prototype, 'startsWith', function (this: string, start: string, at?: number) {
      count += start.length;
      return startsWith.call(this, start, at);
    }),
    replace(String.prototype, 'isWellFormed', function (this: string) {
      count += this.length;
      return isWellFormed.call(this);
    }),
    replace(RegExp.prototype, 'test', function (this: RegExp, text: string) {
      const from = this.global || this.sticky ? this.lastIndex : 0;
      const isFound = test.call(this, text);
      const to = isFound && (this.global || this.sticky) ? this.lastIndex : text.length;
      count += Math.max(1, this.sticky && !isFound ? 1 : to - from);
      return isFound;
    }),
    replace(JSON, 'parse', (text: string) => {
      count += text.length;
      return parse(text) as unknown;
    }),
  ];
  try {
    read();
  } finally {
    for (const putBack of replaced) putBack();
  }
  return count;
}

function replace(owner: object, name: string, by: unknown): () => void {
  const former = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { ...former, value: by });
  return () => Object.defineProperty(owner, name, former ?? {});
}
