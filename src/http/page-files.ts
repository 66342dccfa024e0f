import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { WaggleError } from '../errors.ts';

/** Nothing from elsewhere, nothing inline, no HTML made from text, in no frame. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface PageFile {
  readonly bytes: Buffer;
  /** Made by the first who asks. */
  compressed?: Promise<Buffer>;
}

const compress = promisify(gzip);

/**
 * The dashboard's files, as the build left them in one folder: read once, public, without data. Only what is in the
 * folder can be asked for: a path is looked up among their names and never opened.
 */
export class PageFiles {
  readonly #folder: string;
  #files: ReadonlyMap<string, PageFile> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The paths there are, `/` for the page itself. */
  paths(): string[] {
    return [...this.#read().keys()];
  }

  /** Undefined for a path that is none of the page's. `not_found` when there is no page at all. */
  async answer(path: string, acceptsGzip: boolean): Promise<Response | undefined> {
    const file = this.#read().get(path);
    if (file === undefined && path !== '/') return undefined;
    if (file === undefined) {
      throw new WaggleError('not_found', 'the dashboard is not built; npm run build builds it', { details: { path } });
    }
    const headers = headersOf(path);
    if (!acceptsGzip) return new Response(new Uint8Array(file.bytes), { headers });
    file.compressed ??= compress(file.bytes);
    return new Response(new Uint8Array(await file.compressed), { headers: { ...headers, 'content-encoding': 'gzip' } });
  }

  #read(): ReadonlyMap<string, PageFile> {
    this.#files ??= readFolder(this.#folder);
    return this.#files;
  }
}

function headersOf(path: string): Record<string, string> {
  return {
    'content-type': types[path === '/' ? '.html' : extname(path)] ?? 'application/octet-stream',
    // Names of assets carry the hash of their content.
    'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    'content-security-policy': pagePolicy,
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

function readFolder(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch {
    return files; // a checkout that was not built: the answer says so
  }
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replace(/^\/*/, '/');
    files.set(path === '/index.html' ? '/' : path, { bytes: readFileSync(file) });
  }
  return files;
}
