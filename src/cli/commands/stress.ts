import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { WaggleError } from '../../errors.ts';
import { plain } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { Baseline } from '../../stress/compare-reports.ts';
import type { Scenario } from '../../stress/scenario.ts';
import type { StressReport } from '../../stress/stress-report.ts';
import type { StressSample } from '../../stress/stress-sample.ts';
import { type Call, missingInput } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { createProgress } from '../terminal/progress.ts';
import { printComparison, printReport, sampleLine } from './stress-output.ts';
import { scenarioOf } from './stress-scenario.ts';
import { runSweeps, sweepOf } from './stress-sweep.ts';

/** Lines in a pipe come this often: enough to see that it moves. */
const lineEveryMs = 5_000;

/** Runs a scenario of the stress lab; exit 1 when it did not account for every message. */
export const stress: CommandAction = async (call, context) => {
  const scenario = await scenarioOf(call, context);
  const baseline = await baselineOf(call, context);
  const sweeps = await Promise.all(call.list('sweep').map((text) => sweepOf(text, scenario)));
  const keep = call.flag('keep');
  const isLive = call.flag('live') && context.json;
  if (sweeps.length > 0) return runSweeps(sweeps, context, (each) => runOne(each, context, { keep }));

  const report = await runOne(scenario, context, { keep, isLive });
  await writeFiles(report, call, context);
  if (context.json) context.output.json(renderJson(report.result));
  else await printReport(report, context.output);
  const regressed = baseline === undefined ? false : await compare(report, baseline, call, context);
  return report.result.verdict === 'passed' && !regressed ? 0 : 1;
};

async function writeFiles(report: StressReport, call: Call, { cwd, output }: Context): Promise<void> {
  const folder = call.text('report');
  if (folder === undefined) return;
  const { writeReport } = await import('../../stress/report-files.ts');
  for (const file of await writeReport(report, resolve(cwd, folder))) output.note(`wrote ${plain(file)}`);
}

/** Read before the run: a baseline that is none should not cost one. */
async function baselineOf(call: Call, { cwd }: Context): Promise<Baseline | undefined> {
  const name = call.text('baseline');
  if (name === undefined) {
    if (call.text('fail-on-regression') !== undefined)
      throw missingInput('--baseline', 'name the report to compare with');
    return undefined;
  }
  const text = await readFile(resolve(cwd, name), 'utf8').catch((cause: unknown) => {
    throw new WaggleError('not_found', `--baseline: ${name} cannot be read; give a report.json of --report`, { cause });
  });
  const { parseBaseline } = await import('../../stress/comparison.ts');
  return parseBaseline(text, name);
}

/** Prints the table; true when something is worse than what may be. Said on stderr beside a `--json` result. */
async function compare(report: StressReport, baseline: Baseline, call: Call, context: Context): Promise<boolean> {
  const { compareReports } = await import('../../stress/compare-reports.ts');
  const limit = call.count('fail-on-regression', 0);
  const rows = compareReports(report, baseline);
  await printComparison(rows, limit, context);
  return limit !== undefined && rows.some(({ worsePercent }) => worsePercent > limit);
}

/** One run with its progress told on stderr. */
export async function runOne(
  scenario: Scenario,
  context: Context,
  { keep, isLive = false }: { keep: boolean; isLive?: boolean },
): Promise<StressReport> {
  const { run } = await import('../../stress/stress-run.ts');
  const { output, clock, stop } = context;
  const watch = watchRun(scenario, context);
  try {
    return await run(scenario, {
      // Nobody is left who would want the result.
      signal: isLive ? AbortSignal.any([stop, output.readerGone]) : stop,
      clock,
      keep,
      onSample: (sample) => {
        watch.sample(sample);
        if (isLive) output.json(renderJson({ sample }));
      },
      onFault: (fault) => {
        const { kind, acted, detail } = fault;
        if (isLive) output.json(renderJson({ fault }));
        watch.clear();
        const told = acted > 0 ? `fault ${kind}` : `fault ${kind} could not be made`;
        output.note(output.errorStyle.dim(`${told}: ${plain(detail)}`));
      },
      onKept: (path) => {
        watch.clear();
        output.note(`kept ${path}`);
      },
    });
  } finally {
    watch.clear();
  }
}

function watchRun(scenario: Scenario, { output, clock }: Context) {
  const bar = createProgress(`${scenario.name}, seed ${scenario.seed}`, output, clock);
  let toldAt = -lineEveryMs;
  return {
    sample(sample: StressSample) {
      bar.update(sample.progress);
      if (output.isErrorTerminal || sample.at - toldAt < lineEveryMs) return;
      toldAt = sample.at;
      output.note(sampleLine(sample));
    },
    clear: () => bar.end(),
  };
}
