import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const copied = ['src', 'test', 'scripts', 'bin', 'docs', 'examples', 'dist', 'package.json', 'vitest.config.ts'];

export interface TestRun {
  readonly passed: number;
  /** Full names of the tests that failed, or of the files that could not even be loaded. */
  readonly failed: readonly string[];
  /** Of those that did nothing worse than run out of time. */
  readonly late: readonly string[];
}

/** A copy of the working tree in which source may be broken; packages are shared with the original. */
export class MutantTree implements Disposable {
  readonly #path = mkdtempSync(join(tmpdir(), 'waggle-mutant-'));

  constructor() {
    for (const name of copied) {
      if (existsSync(join(root, name))) cpSync(join(root, name), join(this.#path, name), { recursive: true });
    }
    for (const name of ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.check.json', 'package-lock.json']) {
      cpSync(join(root, name), join(this.#path, name));
    }
    symlinkSync(join(root, 'node_modules'), join(this.#path, 'node_modules'));
  }

  /** Runs the mutant's killers against it and puts the source back. */
  async run(mutant: Mutant): Promise<TestRun> {
    const originals = new Map<string, string>();
    try {
      for (const { file, find, replace } of mutant.edits) {
        const path = join(this.#path, file);
        const text = readFileSync(path, 'utf8');
        if (!originals.has(path)) originals.set(path, text);
        writeFileSync(path, mutated(mutant.id, file, text, find, replace));
      }
      const { passed, failed, late } = await this.test(mutant.killers, mutant.hangs === true ? 1 : 0);
      return { passed, late, failed: mutant.hangs === true ? [...failed, ...late] : failed };
    } finally {
      for (const [path, text] of originals) writeFileSync(path, text);
    }
  }

  /** Runs test files; with `bail`, until that many tests have failed. */
  async test(files: readonly string[], bail = 0): Promise<TestRun> {
    const report = join(this.#path, 'report.json');
    rmSync(report, { force: true });
    const child = spawn(
      process.execPath,
      [
        join(this.#path, 'node_modules/vitest/vitest.mjs'),
        'run',
        `--bail=${bail}`,
        '--reporter=json',
        `--outputFile=${report}`,
        ...files,
      ],
      {
        cwd: this.#path,
        stdio: 'ignore',
        // A few seeds are enough to see a bug; a worker of the suite must not be taken for one of its own.
        env: {
          ...process.env,
          WAGGLE_TEST_SCALE: '0.1',
          VITEST: undefined,
          VITEST_WORKER_ID: undefined,
          NODE_V8_COVERAGE: undefined,
        },
      },
    );
    await once(child, 'exit');
    return readReport(report);
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

/** The text with the bug in it. Throws when the place is gone or no longer the only one. */
export function mutated(id: string, file: string, text: string, find: string, replace: string): string {
  const places = text.split(find).length - 1;
  if (places === 1) return text.replace(find, () => replace);
  throw new Error(
    `mutant "${id}": its text stands ${places} times in ${file}, not once; write the mutant anew:\n${find}`,
  );
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

function readReport(file: string): TestRun {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report; // written by vitest
  const broken = report.testResults.flatMap(({ assertionResults }) => {
    return assertionResults.filter((test) => test.status === 'failed');
  });
  const isLate = ({ failureMessages }: (typeof broken)[number]) =>
    failureMessages?.every((text) => /(?:Test|Hook) timed out in/.test(text)) === true;
  const unloaded = report.testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
    .map(({ name }) => `${name} could not be loaded`);
  return {
    passed: report.numPassedTests,
    failed: [...broken.filter((test) => !isLate(test)).map((test) => test.fullName), ...unloaded],
    late: broken.filter(isLate).map((test) => test.fullName),
  };
}
