import { plain } from '../../plain.ts';
import type { ComparisonRow } from '../../stress/compare-reports.ts';
import type { StressReport } from '../../stress/stress-report.ts';
import type { StressSample } from '../../stress/stress-sample.ts';
import type { Context } from '../command.ts';
import { formatDuration } from '../durations.ts';
import type { Output } from '../terminal/output.ts';
import { printTable } from '../terminal/table.ts';

/** More findings than this are in the report; the first ones say what is wrong. */
const findingsShown = 12;

/** How it goes, on one line. */
export function sampleLine(sample: StressSample): string {
  const { at, sent, acked, depth, throughput, latencyMs, faults } = sample;
  const words = [
    formatDuration(at),
    `sent ${sent}`,
    `acked ${acked}`,
    `depth ${depth}`,
    `${Math.round(throughput)}/s`,
    `p50 ${ms(latencyMs.p50)}, p99 ${ms(latencyMs.p99)}`,
    ...(faults.length > 0 ? [`now ${faults.join(', ')}`] : []),
  ];
  return words.join(' · ');
}

/** The result for a person: the verdict first. */
export async function printReport(report: StressReport, output: Output): Promise<void> {
  const { result, scenario, environment, findings, faults } = report;
  const { style } = output;
  const isPassed = result.verdict === 'passed';
  const sentence = isPassed
    ? `${result.sent} sent, ${result.received} received, every one accounted for`
    : `${result.sent} sent, ${result.received} received, ${result.lost} lost, ${result.duplicated} duplicated`;
  output.line(`${isPassed ? style.good('passed') : style.bad('failed')}  ${sentence}`);
  const latency = result.latencyMs;
  const rows: [string, string][] = [
    [
      'lost',
      `${result.lost} · duplicated ${result.duplicated} · altered ${result.altered} · invented ${result.invented} · out of order ${result.outOfOrder}`,
    ],
    [
      'ended',
      `${result.acked} acked, ${result.dead} dead letters, ${result.redelivered} delivered more than once before their ack`,
    ],
    ['throughput', `${Math.round(result.throughput)} messages/s over ${formatDuration(result.durationMs)}`],
    ['success', `${(result.successRate * 100).toFixed(1)} %`],
    ['latency', `p50 ${ms(latency.p50)} · p95 ${ms(latency.p95)} · p99 ${ms(latency.p99)} · max ${ms(latency.max)}`],
    [
      'batches',
      `${(result.batch.efficiency * result.batch.size).toFixed(1)} of ${result.batch.size} messages a call, ${result.batch.calls} calls`,
    ],
    ['durability', environment.durability],
    ['seed', String(scenario.seed)],
  ];
  const missed = faults.filter(({ acted }) => acted === 0);
  if (faults.length > 0) rows.push(['faults', `${faults.length - missed.length} of ${faults.length} made`]);
  await printTable(output, [{ head: '' }, { head: '' }], rows);
  for (const finding of findings.slice(0, findingsShown)) output.line(`${style.bad('finding')}  ${plain(finding)}`);
  if (findings.length > findingsShown) output.line(`… and ${findings.length - findingsShown} more`);
}

/** Worse by more than this is marked where no limit was given: less is the noise of a shared machine. */
const markedPercent = 20;

/** With `--json` on stderr: stdout has the result alone. */
export async function printComparison(
  rows: readonly ComparisonRow[],
  limit: number | undefined,
  { output, json }: Context,
): Promise<void> {
  const cells = rows.map(({ name, before, now, ratio, worsePercent }) => [
    name,
    before.toFixed(2),
    now.toFixed(2),
    ratio === undefined ? '–' : `${ratio.toFixed(2)}×`,
    worsePercent > (limit ?? markedPercent) ? 'worse' : '',
  ]);
  if (json) {
    for (const row of cells) output.note(row.join('\t'));
    return;
  }
  const right = { align: 'right' } as const;
  const heads = [{ head: '' }, { head: 'before', ...right }, { head: 'now', ...right }, { head: 'ratio', ...right }];
  await printTable(output, [...heads, { head: '' }], cells);
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : formatDuration(value);
}
