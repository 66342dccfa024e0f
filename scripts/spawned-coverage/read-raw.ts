import { readdir, readFile } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mergeScriptCovs } from '@bcoe/v8-coverage';
import { convert, type Options } from 'ast-v8-to-istanbul';
import type { FileCoverageData } from 'istanbul-lib-coverage';
import { parseAstAsync } from 'vitest/node';

type Script = Profiler.ScriptCoverage;
type Code = Pick<Options, 'code' | 'sourceMap'>;

/** Counts of one script are summed whenever so many of them are in hand: keeps hundreds of raw files out of memory. */
const sumEvery = 64;

/**
 * What the processes that left raw coverage in a directory ran of `<root>/dist` (through tsc's source maps) and of
 * `<root>/src` (a script started from source, a worker thread of a test), in places of the source file. A process killed
 * with SIGKILL leaves none; one that died while writing leaves half a file, which is passed over.
 */
export async function coverageOfSpawned(options: {
  readonly rawDirectory: string;
  readonly root: string;
}): Promise<FileCoverageData[]> {
  const rooms = ['dist', 'src'].map((room) => `${pathToFileURL(join(options.root, room)).href}/`);
  const scripts = await readScripts(options.rawDirectory, (url) => rooms.some((room) => url.startsWith(room)));
  const converted = await Promise.all(scripts.map(convertScript));
  return converted.flat();
}

/** One entry per script, its counts summed over all processes. */
async function readScripts(rawDirectory: string, isWanted: (url: string) => boolean): Promise<Script[]> {
  const byUrl = new Map<string, Script[]>();
  for (const name of await readdir(rawDirectory)) {
    for (const script of await readRawFile(join(rawDirectory, name))) {
      if (!isWanted(script.url)) continue;
      const seen = byUrl.get(script.url) ?? [];
      seen.push(script);
      byUrl.set(script.url, seen.length >= sumEvery ? sum(seen) : seen);
    }
  }
  return [...byUrl.values()].flatMap(sum);
}

function sum(scripts: Script[]): Script[] {
  const one = mergeScriptCovs(scripts);
  return one === undefined ? [] : [one];
}

async function readRawFile(file: string): Promise<Script[]> {
  if (!file.endsWith('.json')) return [];
  try {
    // Written by Node in the shape of the inspector protocol.
    const { result } = JSON.parse(await readFile(file, 'utf8')) as { result: Script[] };
    return result;
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

async function convertScript(script: Script): Promise<FileCoverageData[]> {
  const loaded = await readCode(script.url);
  if (loaded === undefined) return [];
  const map = await convert({ ...loaded, ast: await parseAstAsync(loaded.code), coverage: script });
  return Object.values(map).map((coverage) => ('toJSON' in coverage ? coverage.toJSON() : coverage));
}

/** What V8 ran under that URL, and its way back to the source; undefined when it is gone or built without a map. */
async function readCode(url: string): Promise<Code | undefined> {
  const file = fileURLToPath(url);
  try {
    const code = await readFile(file, 'utf8');
    // Node replaces types by blanks when it runs a source file: every place stays where it is.
    if (file.endsWith('.ts')) return { code: stripTypeScriptTypes(code) };
    const sourceMap = JSON.parse(await readFile(`${file}.map`, 'utf8')); // written by tsc
    const sources: string[] = sourceMap.sources.map((source: string) => new URL(source, url).href);
    return { code, sourceMap: { ...sourceMap, sources } };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
