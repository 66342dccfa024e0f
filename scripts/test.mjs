// `npm test`: build, format, lint, types, then every test; with the coverage gate where CI is set or `--coverage` is
// given, for counting makes every process the tests start a quarter slower. The last line is always
// `N passed, N failed` (and `, N skipped`): a gate that fails counts as one failed, so the line never misleads.
// With arguments (`npm test -- test/e2e/cli.test.ts`) only those tests run, without gates. `--long` runs the full tiers.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, ensureInstalled, hasBuild, repoNode, root, run, step } from './repo.mjs';

const longScale = '10';
const bin = (name) => join(root, 'node_modules', '.bin', name);
const gates = [
  ['Checking the format (biome)', bin('biome'), ['check', '.']],
  ['Linting (oxlint)', bin('oxlint'), ['--type-aware']],
  ['Checking types (tsc)', bin('tsc'), ['-p', 'tsconfig.check.json']],
  ['Checking types of the dashboard (tsc)', bin('tsc'), ['-p', 'web/tsconfig.json']],
];

process.exitCode = await main(process.argv.slice(2));

async function main(args) {
  const isLong = args.includes('--long');
  const chosen = args.filter((arg) => arg !== '--long' && arg !== '--coverage');
  const wantsCoverage = chosen.length === 0 && !isLong && (args.includes('--coverage') || Boolean(process.env.CI));
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failedGates = [];
  const gate = (title, ok) => {
    if (!ok) failedGates.push(title);
    return ok;
  };

  if (gate('install', await ensureInstalled())) {
    gate('build', await build()); // first: the examples import the package by its name, and that is dist
    if (chosen.length === 0) for (const [title, ...command] of gates) gate(title, await step(title, ...command));
    // tsc emits in spite of type errors; tests against that build still tell something.
    if (hasBuild()) await runTests({ isLong, chosen, wantsCoverage, total, gate });
  }

  total.failed += failedGates.length;
  if (failedGates.length > 0) process.stdout.write(`\nFailed besides tests: ${failedGates.join('; ')}\n`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
  return total.failed === 0 ? 0 : 1;
}

async function runTests({ isLong, chosen, wantsCoverage, total, gate }) {
  const folder = mkdtempSync(join(tmpdir(), 'waggle-test-'));
  const report = join(folder, 'report.json');
  try {
    const { code } = await run(
      repoNode,
      [
        '--disable-warning=ExperimentalWarning', // Node's own type stripping, used to read coverage
        join(root, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        ...(wantsCoverage ? ['--coverage'] : []),
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...chosen,
      ],
      { env: isLong ? { WAGGLE_TEST_SCALE: process.env.WAGGLE_TEST_SCALE ?? longScale } : {} },
    );
    const result = readReport(report);
    total.passed = result.passed;
    total.failed = result.failed;
    total.skipped = result.skipped;
    if (code !== 0 && result.failed === 0) gate(whyVitestFailed(code, wantsCoverage), false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const failedToLoad = report.testResults.filter(({ status, assertionResults }) => {
      return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
    });
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + failedToLoad.length,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }; // vitest ended before it could write one: its exit code counts
  }
}

function whyVitestFailed(code, wantsCoverage) {
  const reason = wantsCoverage ? 'the coverage gate or an error outside of a test, see above' : 'see above';
  return `vitest ended with ${code} (${reason})`;
}
