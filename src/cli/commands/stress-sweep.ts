import { invalidInput } from '../../errors.ts';
import { renderJson } from '../../render-json.ts';
import type { Scenario, ScenarioInput } from '../../stress/scenario.ts';
import type { StressReport } from '../../stress/stress-report.ts';
import type { SweepRow } from '../../stress/sweep.ts';
import type { Context } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { printTable } from '../terminal/table.ts';

/** An option, the scenario's field for it, and how its values are read. */
const sweepable = {
  agents: ['agents', Number],
  messages: ['messages', Number],
  'batch-size': ['batchSize', Number],
  'in-flight': ['inFlight', Number],
  payload: ['payload', Number],
  'success-rate': ['successRate', Number],
  store: ['store', String],
  delay: ['delayMs', duration],
  interval: ['intervalMs', duration],
  latency: ['latencyMs', duration],
} as const satisfies Record<string, readonly [keyof ScenarioInput, (text: string) => unknown]>;

export interface Sweep {
  readonly option: string;
  readonly runs: readonly { readonly value: string; readonly scenario: Scenario }[];
}

/** `batch-size=1,10,50`: one scenario for each value, everything else the same. Checked before the first run. */
export async function sweepOf(text: string, base: Scenario): Promise<Sweep> {
  const { resolveScenario } = await import('../../stress/scenario.ts');
  const [option = '', list = ''] = text.split('=');
  if (!Object.hasOwn(sweepable, option)) {
    throw invalidInput(
      '--sweep',
      text,
      `must name one of ${Object.keys(sweepable).join(', ')} with values, as in batch-size=1,10`,
    );
  }
  const [field, read] = sweepable[option as keyof typeof sweepable]; // checked on the line above
  const values = list.split(',').map((value) => value.trim());
  if (values.length < 2 || values.includes('')) throw invalidInput('--sweep', text, 'needs at least two values');
  const runs = values.map((value) => ({
    value,
    scenario: resolveScenario({ ...base, [field]: read(value) }, base.name),
  }));
  return { option, runs };
}

/** Runs them one after the other; exit 1 when one of them failed. */
export async function runSweeps(
  sweeps: readonly Sweep[],
  context: Context,
  runOne: (scenario: Scenario) => Promise<StressReport>,
): Promise<number> {
  const { sweepRows } = await import('../../stress/sweep.ts');
  const rows: SweepRow[] = [];
  for (const { option, runs } of sweeps) {
    const done: { value: string; report: StressReport }[] = [];
    for (const { value, scenario } of runs) {
      if (!context.json) context.output.note(context.output.errorStyle.dim(`${option} = ${value}`));
      done.push({ value, report: await runOne(scenario) });
    }
    rows.push(...sweepRows(option, done));
  }
  const isPassed = rows.every(({ verdict }) => verdict === 'passed');
  if (context.json) context.output.json(renderJson({ sweep: rows, verdict: isPassed ? 'passed' : 'failed' }));
  else await printRows(rows, context);
  return isPassed ? 0 : 1;
}

async function printRows(rows: readonly SweepRow[], { output }: Context): Promise<void> {
  const columns = [
    { head: 'option' },
    { head: 'value' },
    { head: 'messages/s', align: 'right' },
    { head: 'factor', align: 'right' },
    { head: 'p50 ms', align: 'right' },
    { head: 'p99 ms', align: 'right' },
    { head: 'batch', align: 'right' },
    { head: 'verdict' },
    { head: 'legacy estimate' },
  ] as const;
  const cells = rows.map((row) => [
    row.option,
    row.value,
    Math.round(row.throughput),
    row.factor.toFixed(2),
    row.p50.toFixed(1),
    row.p99.toFixed(1),
    `${Math.round(row.batchEfficiency * 100)} %`,
    row.verdict,
    row.legacyEstimate,
  ]);
  await printTable(output, columns, cells);
}

function duration(text: string): number {
  return text === '0' ? 0 : parseDuration('--sweep', text);
}
