import { createScanner, type Edit, findNodeAtLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';

/** Kinds of tokens as jsonc-parser numbers them; its own names are a const enum, which does not survive the build. */
const token = { comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, trivia: 15 } as const;

/** How a file is written. */
interface Style {
  readonly unit: string;
  readonly eol: string;
}

/**
 * The edits that give `path` its value in a JSON text with comments (`undefined` takes it out). Only that entry is
 * written; what stands around it, on its line too, keeps its layout. The text parses, and the last part of the path is
 * a name, or the length of the array it is to be appended to.
 */
export function editsFor(text: string, path: JSONPath, value: unknown): Edit[] {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) throw new Error('edits are for texts that parse');
  if (value === undefined) return removal(text, root, path);
  const style = styleOf(text);
  const present = findNodeAtLocation(root, [...path]);
  if (present !== undefined) return [replacement(text, present, value, style)];
  // The deepest container there is takes the rest of the path as one new entry.
  let depth = path.length - 1;
  while (depth > 0 && findNodeAtLocation(root, path.slice(0, depth)) === undefined) depth -= 1;
  const container = depth === 0 ? root : findNodeAtLocation(root, path.slice(0, depth));
  if (container === undefined) throw new Error('the root is always there');
  const key = path[depth];
  const nested = path.slice(depth + 1).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return insertion(text, container, typeof key === 'string' ? key : undefined, nested, style);
}

function replacement(text: string, node: Node, value: unknown, style: Style): Edit {
  return { offset: node.offset, length: node.length, content: written(value, indentAt(text, node.offset), style) };
}

/** A new last entry: after the comma and the comment that belong to the one before it. */
function insertion(text: string, container: Node, key: string | undefined, value: unknown, style: Style): Edit[] {
  const last = container.children?.at(-1);
  const parentIndent = indentAt(text, container.offset);
  const isOwnLine = last !== undefined && text.slice(lineStart(text, last.offset), last.offset).trim() === '';
  const indent = isOwnLine ? indentAt(text, last.offset) : parentIndent + style.unit;
  const from = last === undefined ? container.offset + 1 : last.offset + last.length;
  const { at, hasComma, hasBreak } = afterEntry(text, from);
  const name = key === undefined ? '' : `${JSON.stringify(key)}: `;
  const entry = `${style.eol}${indent}${name}${written(value, indent, style)}`;
  const end = hasBreak ? '' : style.eol + parentIndent;
  const gap = hasBreak ? 0 : (/^[ \t]*/.exec(text.slice(at))?.[0].length ?? 0);
  const edits = [{ offset: at, length: gap, content: `${entry}${hasComma ? ',' : ''}${end}` }];
  return last === undefined || hasComma ? edits : [{ offset: from, length: 0, content: ',' }, ...edits];
}

/** An entry with its comma; the last one takes the comma before it along. Comments of its neighbours stay. */
function removal(text: string, root: Node, path: JSONPath): Edit[] {
  const value = findNodeAtLocation(root, [...path]);
  const entry = typeof path.at(-1) === 'string' ? value?.parent : value;
  if (entry === undefined) return [];
  const siblings = entry.parent?.children ?? [];
  const before = siblings[siblings.indexOf(entry) - 1];
  const comma = commaAfter(text, entry.offset + entry.length);
  let from = entry.offset;
  let to = comma ?? entry.offset + entry.length;
  while (/[ \t]/.test(text[from - 1] ?? '')) from -= 1;
  const rest = /^[ \t]*\r?\n/.exec(text.slice(to))?.[0];
  const isOwnLine = text[from - 1] === '\n';
  if (isOwnLine && rest !== undefined) to += rest.length;
  const edits = [{ offset: from, length: to - from, content: '' }];
  const commaBefore =
    before === undefined || comma !== undefined ? undefined : commaAfter(text, before.offset + before.length);
  return commaBefore === undefined ? edits : [{ offset: commaBefore - 1, length: 1, content: '' }, ...edits];
}

/** Where the line of an entry is over: behind its comma and the comments on the same line. */
function afterEntry(text: string, from: number): { at: number; hasComma: boolean; hasBreak: boolean } {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let at = from;
  let hasComma = false;
  for (;;) {
    const kind: number = scanner.scan();
    if (kind === token.lineBreak) {
      // A comma may also stand on a later line, in front of a comment or the bracket.
      if (hasComma || commaAfter(text, from) === undefined) return { at, hasComma, hasBreak: true };
    } else if (kind === token.comma) {
      hasComma = true;
      at = scanner.getTokenOffset() + 1;
    } else if (kind === token.lineComment || kind === token.blockComment) {
      at = scanner.getTokenOffset() + scanner.getTokenLength();
    } else if (kind !== token.trivia) {
      return { at, hasComma, hasBreak: false };
    }
  }
}

/** The offset behind the comma that follows, comments and line ends skipped. */
function commaAfter(text: string, from: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  const kind: number = scanner.scan();
  return kind === token.comma ? scanner.getTokenOffset() + 1 : undefined;
}

function written(value: unknown, indent: string, { unit, eol }: Style): string {
  return JSON.stringify(value, undefined, unit).replaceAll('\n', eol + indent);
}

function styleOf(text: string): Style {
  return { unit: /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
}
