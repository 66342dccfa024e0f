import { describe, expect, test } from 'vitest';
import { hasPlace, violationsOf } from './support/import-rules.ts';
import { type Arrow, parseSourceFile, readSourceFiles, type SourceFile } from './support/source-files.ts';

const files = readSourceFiles();
const byPath = new Map(files.map((file) => [file.path, file]));

describe('imports', () => {
  test('every file has its place in the order of DESIGN §5', () => {
    expect(files.length).toBeGreaterThan(100); // the walk sees the tree, so that the other tests say something
    expect(files.map(({ path }) => path).filter((path) => !hasPlace(path))).toEqual([]);
  });

  test('point from higher to lower, adapters are named by the composition root alone', () => {
    expect(files.flatMap(({ arrows }) => arrows).flatMap(violationsOf)).toEqual([]);
  });

  test('of our own files name files that exist', () => {
    const ours = files.flatMap(({ arrows }) => arrows).filter(({ to }) => to.endsWith('.ts'));
    expect(ours.filter(({ to }) => !byPath.has(to)).map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test.each([
    ['message/rules.ts', `import { Hub } from '../hub/hub.ts';`, 'a room that knows the hub cannot be tested alone'],
    ['hub/loop.ts', `import type { App } from '../http/app.ts';`, 'which door a call came through'],
    ['hub/loop.ts', `const x = await import('../store/sqlite/core.ts');`, 'must run on any store'],
    ['index.ts', `import { runHub } from './compose.ts';`, 'only a front door (cli) starts it'],
    ['http/app.ts', `type Core = import('../store/memory/lane.ts').Lane;`, 'must run on any store'],
    ['store/memory/lane.ts', `export * from '../sqlite/codes.ts';`, 'would not hold for the next adapter'],
    ['store/sqlite/due.ts', `import '../../message/recipients.ts';`, 'would not hold for the next adapter'],
    ['recovery/scan.ts', `import { DatabaseSync } from 'node:sqlite';`, 'the engine is SQLite'],
    ['recovery/scan.ts', `new Worker(new URL('../cli/scan.ts', import.meta.url));`, 'nothing imports them'],
    ['process/supervisor.ts', `import './hosts/child/child-host.ts';`, 'the room must run on any'],
    ['clock.ts', `import { x } from './testing/manual-clock.ts';`, 'does not ship'],
  ])('a made-up %s with %s is refused with the reason', (path, text, reason) => {
    const { arrows } = parseSourceFile(path, `// made up\n${text}\n`);
    expect(arrows.flatMap(violationsOf).join('\n')).toContain(reason);
    expect(arrows.flatMap(violationsOf).join('\n')).toContain(`src/${path}:2`);
  });

  test.each([
    ['hub/loop.ts', `import { systemClock } from '../clock.ts';`],
    ['index.ts', `const { runHub } = await import('./compose.ts');`],
    ['store/sqlite/due.ts', `import { DatabaseSync } from 'node:sqlite'; import '../../message/lifecycle.ts';`],
    ['cli/doctor/check.ts', `import { inspect } from '../../store/sqlite/inspect.ts';`],
  ])('a made-up %s with %s is fine', (path, text) => {
    expect(parseSourceFile(path, text).arrows.flatMap(violationsOf)).toEqual([]);
  });
});

describe('a cold send', () => {
  const heavy = /^(zod|hono|cli-table3|node:http|node:https|node:http2|node:sqlite)(\/|$)|^@hono\//;
  const starts = ['cli/main.ts', 'cli/commands/send.ts', 'sdk/connect.ts'];

  test('loads no schema library, no web framework, no HTTP server and no store: it must stay under 3 × node -e 0', () => {
    expect(heavyImports(starts, byPath)).toEqual([]);
  });

  test('is seen to load one that somebody adds, however far away', () => {
    const made = [
      parseSourceFile('cli/main.ts', `import './a.ts'; const late = () => import('./b.ts');`),
      parseSourceFile('cli/a.ts', `import { type Z } from 'zod'; import type { Hono } from 'hono';`),
      parseSourceFile('cli/b.ts', `import 'hono';`),
    ];
    const found = heavyImports(['cli/main.ts'], new Map(made.map((file) => [file.path, file])));
    expect(found).toEqual(['cli/main.ts → cli/a.ts → zod']);
  });

  /** The ways from the start files, over static imports alone, to what a cold start cannot afford. */
  function heavyImports(from: readonly string[], sources: ReadonlyMap<string, SourceFile>): string[] {
    const found: string[] = [];
    const seen = new Set<string>(from);
    const queue = from.map((path) => [path]);
    for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
      for (const { to } of staticArrows(sources.get(way.at(-1) ?? ''))) {
        if (heavy.test(to)) found.push([...way, to].join(' → '));
        else if (!seen.has(to)) queue.push([...way, to]);
        seen.add(to);
      }
    }
    return found;
  }

  function staticArrows(file: SourceFile | undefined): readonly Arrow[] {
    return file?.arrows.filter(({ kind }) => kind === 'static') ?? [];
  }
});

describe('the core runs under a seeded simulation', () => {
  const outside = /^(clock|compose)\.ts$|^(cli|stress)\//;
  const fromOutside = /^(globalThis\.)?(Date\.now|Math\.random|setTimeout|setInterval|performance\.now|new Date\(\))$/;

  test('so time and chance come in from outside', () => {
    expect(usesOf(files)).toEqual([]);
  });

  test.each([
    ['hub/loop.ts', 'const now = Date.now();', 'Date.now'],
    ['hub/loop.ts', 'const clock = { now: Date.now };', 'Date.now'],
    ['message/rules.ts', 'setTimeout(() => {}, 5);', 'setTimeout'],
    ['store/sqlite/core.ts', 'const at = new Date();', 'new Date()'],
    ['sdk/consume.ts', 'globalThis.setInterval(tick, 5);', 'setInterval'],
  ])('a made-up %s with %s is refused', (path, text, name) => {
    expect(usesOf([parseSourceFile(path, text)]).join()).toContain(name);
  });

  test('setImmediate (no time passes) and a date made of a given time are fine', () => {
    expect(usesOf([parseSourceFile('store/sqlite/core.ts', 'setImmediate(flush); new Date(now);')])).toEqual([]);
  });

  function usesOf(sources: readonly SourceFile[]): string[] {
    return sources
      .filter(({ path }) => !outside.test(path))
      .flatMap(({ uses }) => uses)
      .filter(({ name }) => fromOutside.test(name))
      .map(({ file, line, name }) => `src/${file}:${line} uses ${name}: take it from Clock or Random`);
  }
});

test('no file is over 400 lines: past that it holds more than one concept', () => {
  expect(files.filter(({ lines }) => lines > 400).map(({ path, lines }) => `src/${path}: ${lines} lines`)).toEqual([]);
});

test('nothing prints by console: a library must be silent, and the cli prints through Output', () => {
  // The completion library can only print with console.log: that one file catches what it says.
  const catchesALibrary = 'cli/commands/completion.ts';
  const printing = files.flatMap(({ uses }) => uses).filter(({ name }) => name === 'console');
  const places = printing.filter(({ file }) => file !== catchesALibrary).map(({ file, line }) => `src/${file}:${line}`);
  expect(places).toEqual([]);
});
