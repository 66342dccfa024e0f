import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseAst } from 'vitest/node';
import { root } from '../../scripts/repo.mjs';

/** An arrow from one file to what it imports: a path inside `src`, or the bare name of a package. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  /** `static` runs when the file is loaded, `lazy` is `import()` and worker files, `type` leaves nothing at run time. */
  readonly kind: 'static' | 'lazy' | 'type';
}

/** `Date.now`, `setTimeout`, `console`: a name of the platform that a file uses. */
export interface Use {
  readonly file: string;
  readonly name: string;
  readonly line: number;
}

export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly arrows: readonly Arrow[];
  readonly uses: readonly Use[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** Every file of `src` that ships: neither tests nor what only tests use. */
export function readSourceFiles(): SourceFile[] {
  const folder = join(root, 'src');
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('testing/'))
    .toSorted()
    .map((path) => parseSourceFile(path, readFileSync(join(folder, path), 'utf8')));
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const arrows: Arrow[] = [];
  const uses: Use[] = [];
  const lineOf = (node: Node) => text.slice(0, node.start).split('\n').length;
  walk(parseAst(text, { lang: 'ts' }) as unknown as Node, (node) => {
    const arrow = importOf(node);
    if (arrow !== undefined) arrows.push({ ...arrow, from: path, to: resolve(path, arrow.to), line: lineOf(node) });
    const name = platformNameOf(node);
    if (name !== undefined) uses.push({ file: path, name, line: lineOf(node) });
  });
  return { path, lines: text.trimEnd().split('\n').length, arrows, uses };
}

function importOf(node: Node): Pick<Arrow, 'to' | 'kind'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      const to = stringOf(node['source']);
      const isType = node['importKind'] === 'type' || node['exportKind'] === 'type';
      return to === undefined ? undefined : { to, kind: isType ? 'type' : 'static' };
    }
    case 'TSImportType':
      return { to: stringOf(node['source']) ?? '', kind: 'type' };
    case 'ImportExpression':
      return { to: stringOf(node['source']) ?? '', kind: 'lazy' };
    case 'NewExpression': {
      // new URL('./worker.ts', import.meta.url): how a worker's file is named
      const [file, base] = node['arguments'] as Node[];
      const to = stringOf(file);
      const isOurs = base !== undefined && stringOf(base) === undefined && /^\.{1,2}\/.*\.ts$/.test(to ?? '');
      return isOurs && to !== undefined ? { to, kind: 'lazy' } : undefined;
    }
    default:
      return undefined;
  }
}

/** A call of `setTimeout`, a read of `Date.now`, `new Date()` without arguments, anything on `console`. */
function platformNameOf(node: Node): string | undefined {
  if (node.type === 'CallExpression') return nameOf(node['callee'] as Node);
  if (node.type === 'NewExpression') {
    const isNow = nameOf(node['callee'] as Node) === 'Date' && (node['arguments'] as Node[]).length === 0;
    return isNow ? 'new Date()' : undefined;
  }
  if (node.type !== 'MemberExpression' || node['computed'] === true) return undefined;
  const [object, property] = [nameOf(node['object'] as Node), nameOf(node['property'] as Node)];
  if (object === 'console' || property === 'console') return 'console';
  return object === undefined ? undefined : `${object}.${property}`;
}

function nameOf(node: Node): string | undefined {
  return node.type === 'Identifier' ? String(node['name']) : undefined;
}

function stringOf(node: unknown): string | undefined {
  const literal = node as Node | null | undefined; // ESTree
  return literal?.type === 'Literal' && typeof literal['value'] === 'string' ? literal['value'] : undefined;
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? join(dirname(from), specifier) : specifier;
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && typeof child.type === 'string') walk(child, visit);
    }
  }
}
