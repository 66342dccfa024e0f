import { WaggleError } from '../errors.ts';

/** The lines between which Waggle's part of a file stands. */
export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/** Where the block stands, marks included and without the line end after it; undefined where there is none. */
interface Found {
  readonly from: number;
  readonly to: number;
}

/** The text with `body` between the marks: in place of the block that is there, or after a blank line at the end. */
export function putBlock(text: string, body: string, marks: Marks, file: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const block = `${marks.begin}\n${body}\n${marks.end}`.replaceAll('\n', eol);
  const found = findBlock(text, marks, file);
  if (found !== undefined) return text.slice(0, found.from) + block + text.slice(found.to);
  if (text.trim() === '') return `${text}${block}${eol}`;
  return `${text}${text.endsWith(eol) ? '' : eol}${eol}${block}${eol}`;
}

/** The text without the block and the blank line that went before it; undefined when that leaves nothing. */
export function takeBlock(text: string, marks: Marks, file: string): string | undefined {
  const found = findBlock(text, marks, file);
  if (found === undefined) return text;
  const before = text.slice(0, found.from).replace(/(\r?\n)\r?\n$/, '$1');
  const rest = before + text.slice(found.to).replace(/^\r?\n/, '');
  return rest.trim() === '' ? undefined : rest;
}

/** Throws `unreadable_file` where the marks do not make exactly one block. */
function findBlock(text: string, marks: Marks, file: string): Found | undefined {
  const begins = places(text, marks.begin);
  const ends = places(text, marks.end);
  const [from] = begins;
  const [end] = ends;
  if (from === undefined && end === undefined) return undefined;
  if (begins.length === 1 && ends.length === 1 && from !== undefined && end !== undefined && from < end) {
    return { from, to: end + marks.end.length };
  }
  throw new WaggleError(
    'unreadable_file',
    `${file}: the marks of Waggle's block do not make one block (${begins.length} begin, ${ends.length} end); take them out, nothing was written`,
    { details: { file, begins: begins.length, ends: ends.length } },
  );
}

/** Offsets of lines that are exactly the mark. */
function places(text: string, mark: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) {
    const isLine =
      (at === 0 || text[at - 1] === '\n') && /^\r?(\n|$)/.test(text.slice(at + mark.length, at + mark.length + 2));
    if (isLine) found.push(at);
  }
  return found;
}
