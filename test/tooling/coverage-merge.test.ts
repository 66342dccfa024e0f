import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { convert } from 'ast-v8-to-istanbul';
import libCoverage, { type FileCoverage } from 'istanbul-lib-coverage';
import { expect, onTestFinished, test } from 'vitest';
import { parseAstAsync } from 'vitest/node';
import { root } from '../../scripts/repo.mjs';
import { addHits } from '../../scripts/spawned-coverage/add-hits.ts';
import { coverageOfSpawned } from '../../scripts/spawned-coverage/read-raw.ts';
import { waggleBin } from '../support/run-waggle.ts';

const execute = promisify(execFile);

const source = `interface Lamp {
  readonly level: number;
}

export const names: readonly string[] = ['off', 'on'];

export function describe(lamp: Lamp): string {
  const title = (text: string) => text.toUpperCase();
  if (lamp.level > 1) return title('bright');
  return lamp.level === 1 ? title('on') : 'off';
}

export class Switch {
  #lamp: Lamp = { level: 0 };

  turn(level = 1): this {
    this.#lamp = { level };
    return this;
  }

  never(): string {
    return describe(this.#lamp);
  }
}
`;

async function folder(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'waggle-coverage-')));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A package of one source file, compiled as ours is. */
async function packageOf(code: string): Promise<{ root: string; rawDirectory: string }> {
  const path = await folder();
  await mkdir(join(path, 'src'));
  await writeFile(join(path, 'package.json'), '{ "type": "module" }');
  await writeFile(join(path, 'src', 'lamp.ts'), code);
  const compilerOptions = { rootDir: 'src', outDir: 'dist', sourceMap: true, target: 'es2024', module: 'nodenext' };
  await writeFile(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  await execute(join(root, 'node_modules', '.bin', 'tsc'), ['-p', path]);
  return { root: path, rawDirectory: join(path, 'raw') };
}

/** Runs code that sees the compiled module as `lamp`, in a process that leaves its coverage. */
async function runLamp({ root: path, rawDirectory }: { root: string; rawDirectory: string }, code: string) {
  const url = pathToFileURL(join(path, 'dist', 'lamp.js'));
  const script = `const lamp = await import(${JSON.stringify(url.href)}); ${code}`;
  await execute(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, NODE_V8_COVERAGE: rawDirectory },
  });
}

/** What a tool other than tsc lists for a file that no test loaded: everything, with no hits. */
async function unvisited(path: string): Promise<FileCoverage> {
  const file = join(path, 'src', 'lamp.ts');
  const code = stripTypeScriptTypes(source);
  const map = await convert({
    code,
    ast: await parseAstAsync(code),
    coverage: { url: pathToFileURL(file).href, functions: [] },
  });
  return libCoverage
    .createCoverageMap(map as Parameters<typeof libCoverage.createCoverageMap>[0])
    .fileCoverageFor(file);
}

test('a spawned process covers the lines, functions and branches of the source that it ran, and no others', async () => {
  const lamp = await packageOf(source);
  await runLamp(lamp, `lamp.describe({ level: 1 })`);
  await runLamp(lamp, `lamp.describe({ level: 0 }); new lamp.Switch().turn()`);

  const coverage = await unvisited(lamp.root);
  expect(coverage.toSummary().data.lines.pct).toBe(0);
  for (const seen of await coverageOfSpawned(lamp)) addHits(coverage.data, seen);

  expect(coverage.getUncoveredLines().map(Number)).toEqual([lineOf('return describe(')]);
  const called = Object.entries(coverage.data.fnMap).filter(([id]) => Number(coverage.data.f[id]) > 0);
  expect(called.map(([, { name }]) => name)).toEqual(expect.arrayContaining(['describe', 'turn']));
  expect(called.map(([, { name }]) => name)).not.toContain('never');
  const arms = Object.fromEntries(
    Object.entries(coverage.data.branchMap).map(([id, { type }]) => [
      type,
      coverage.data.b[id]?.map((count) => count > 0),
    ]),
  );
  expect(arms).toEqual({ if: [false, true], 'cond-expr': [true, true], 'default-arg': [true] });
});

test('hits are added to what was seen already', async () => {
  const lamp = await packageOf(source);
  await runLamp(lamp, `lamp.describe({ level: 2 })`);
  const coverage = await unvisited(lamp.root);
  const [seen] = await coverageOfSpawned(lamp);
  if (seen === undefined) throw new Error('nothing was collected');
  addHits(coverage.data, seen);
  addHits(coverage.data, seen);
  expect(coverage.getLineCoverage()[lineOf(`title('bright')`)]).toBe(2);
});

test('a file that was being written when its process died, and scripts of others, are passed over', async () => {
  const lamp = await packageOf(source);
  await runLamp(lamp, `lamp.describe({ level: 1 })`);
  await writeFile(join(lamp.rawDirectory, 'coverage-1-half.json'), '{"result":[{"scriptId":"1","url":"fi');
  const gone = { scriptId: '2', url: pathToFileURL(join(lamp.root, 'dist', 'gone.js')).href, functions: [] };
  const foreign = { scriptId: '3', url: pathToFileURL(join(lamp.root, 'other', 'lamp.js')).href, functions: [] };
  await writeFile(join(lamp.rawDirectory, 'coverage-2.json'), JSON.stringify({ result: [gone, foreign] }));
  const paths = (await coverageOfSpawned(lamp)).map(({ path }) => path);
  expect(paths).toEqual([join(lamp.root, 'src', 'lamp.ts')]);
});

test('a run of bin/waggle.js covers the front door of the command line', async () => {
  const rawDirectory = await folder();
  await execute(process.execPath, [waggleBin, '--version'], {
    cwd: rawDirectory,
    env: { ...process.env, NODE_V8_COVERAGE: rawDirectory },
  });
  const files = await coverageOfSpawned({ rawDirectory, root });
  const main = files.find(({ path }) => path === join(root, 'src', 'cli', 'main.ts'));
  const ran = Object.values(main?.fnMap ?? {}).filter((_, index) => Number(main?.f[index]) > 0);
  expect(ran.map(({ name }) => name)).toEqual(expect.arrayContaining(['main', 'runCommandLine']));
});

function lineOf(text: string): number {
  return source.split('\n').findIndex((line) => line.includes(text)) + 1;
}
