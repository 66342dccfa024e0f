import { closeObject, colon, isStructure, openObject, opensKey, quote } from './lexis.ts';

export interface Resync {
  /** Where reading goes on: the brackets that lead up to the next sure key, or the end. */
  readonly start: number;
  /** Quotes were lost or read inverted on the way, so what was skipped may have been part of an entry. */
  readonly isTorn: boolean;
  /** No sure key was left. */
  readonly isEnd: boolean;
}

/**
 * From bytes that are no token to the next key whose quotes are sure. `stringStart` and `stringEnd` name the last string
 * that could have been read with its quotes inverted (-1 for none): it may have swallowed an opening quote, so the
 * search begins inside it. Each quote opens a string at most once over a whole scan, which keeps it linear.
 */
export function findResync(
  bytes: Uint8Array,
  at: number,
  [stringStart, stringEnd]: readonly [start: number, end: number],
  inString: boolean,
): Resync {
  const from = stringStart === -1 ? at : stringStart + 1;
  let found = bytes.indexOf(quote, from);
  while (found !== -1 && !opensKey(bytes, found)) found = bytes.indexOf(quote, found + 1);
  const isEnd = found === -1;
  const isInverted = inString || (!isEnd && found < stringEnd);
  const floor = isInverted ? from : at;
  let start = isEnd ? bytes.length : found;
  while (!isEnd && start > floor && isBracketOrGap(bytes[start - 1])) start -= 1;
  return { start, isEnd, isTorn: isInverted || bytes.subarray(floor, start).includes(quote) };
}

function isBracketOrGap(byte: number | undefined): boolean {
  return isStructure(byte) || byte === openObject || byte === closeObject || byte === colon;
}
