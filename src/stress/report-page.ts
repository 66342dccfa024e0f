import { barPlot, escapeHtml, linePlot, type Mark, shortNumber } from './plot.ts';
import { pageStyle } from './report-style.ts';
import type { StressReport } from './stress-report.ts';
import type { StressSample } from './stress-sample.ts';

/** More points than pixels show nothing more. */
const mostPoints = 500;
const mostAgents = 200;

/**
 * The report as one page that needs nothing else: no script, no address, no font. Everything a message or a peer had a
 * say in is text, and the page's policy forbids the rest.
 */
export function reportPage(report: StressReport): string {
  const { scenario, result, environment, startedAt } = report;
  const title = `Stress run ${scenario.name}: ${result.verdict}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>Stress run <em>${escapeHtml(scenario.name)}</em></h1>
<p class="verdict ${result.verdict}">${result.verdict}</p>
<p class="sentence">${escapeHtml(sentenceOf(report))}</p>
</header>
<main>
${tiles(report)}
${plots(report)}
${faultTable(report)}
${findings(report)}
${agentTable(report)}
${settings(report)}
</main>
<footer>Waggle ${escapeHtml(environment.version)} · Node ${escapeHtml(environment.node)} · ${escapeHtml(environment.platform)} · ${environment.cpus} cores · ${escapeHtml(startedAt)}</footer>
</body>
</html>
`;
}

function sentenceOf({ result }: StressReport): string {
  const counts = `${result.sent} messages sent, ${result.received} received, ${result.acked} acked`;
  if (result.verdict === 'passed') return `${counts}. Every one is accounted for, by id.`;
  return `${counts}; ${result.lost} lost, ${result.duplicated} duplicated, ${result.altered} altered.`;
}

function tiles({ result }: StressReport): string {
  const bad = (count: number) => (count > 0 ? 'bad' : 'good');
  const all: [string, string, string][] = [
    [String(result.lost), 'lost', bad(result.lost)],
    [String(result.duplicated), 'duplicated after ack', bad(result.duplicated)],
    [String(result.altered), 'altered', bad(result.altered)],
    [String(result.invented), 'invented', bad(result.invented)],
    [String(result.outOfOrder), 'out of order', bad(result.outOfOrder)],
    [shortNumber(Math.round(result.throughput)), 'messages a second', ''],
    [`${(result.successRate * 100).toFixed(1)} %`, 'acked of sent', ''],
    [milliseconds(result.latencyMs.p50), 'latency p50', ''],
    [milliseconds(result.latencyMs.p95), 'p95', ''],
    [milliseconds(result.latencyMs.p99), 'p99', ''],
    [`${(result.batch.efficiency * 100).toFixed(0)} %`, `of ${result.batch.size} a lease call`, ''],
    [String(result.redelivered), 'redelivered before ack', ''],
  ];
  const tile = ([value, name, tone]: [string, string, string]) =>
    `<li class="${tone}"><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></li>`;
  return `<ul class="tiles">${all.map(tile).join('')}</ul>`;
}

function plots({ samples, faults, latencyBars }: StressReport): string {
  const shown = thinned(samples);
  const marks: Mark[] = faults.map(({ kind, at, endedAt }) => ({ name: kind, from: at / 1_000, to: endedAt / 1_000 }));
  const over = (value: (sample: StressSample) => number) =>
    shown.map((sample) => [sample.at / 1_000, value(sample)] as const);
  const throughput = { name: 'throughput', tone: 'first', points: over((sample) => sample.throughput) } as const;
  const depth = { name: 'depth', tone: 'second', points: over((sample) => sample.depth), filled: true } as const;
  const p50 = { name: 'p50', tone: 'first', points: over((sample) => sample.latencyMs.p50) } as const;
  const p99 = { name: 'p99', tone: 'third', points: over((sample) => sample.latencyMs.p99) } as const;
  const bars = latencyBars.map(({ fromMs, toMs, count }) => ({
    name: fromMs === 0 ? `<${milliseconds(toMs)}` : milliseconds(fromMs),
    value: count,
  }));
  return `<section class="plots">
${linePlot('Throughput', 'acked messages a second', [throughput], marks)}
${linePlot('Queue depth', 'messages accepted and not at their end', [depth], marks)}
${barPlot('Latency distribution', 'messages by time from send call to ack', bars)}
${linePlot('Latency over time', 'milliseconds', [p50, p99], marks)}
</section>`;
}

function faultTable({ faults, refused }: StressReport): string {
  const refusals = Object.entries(refused).map(([code, count]) => `${count} × ${code}`);
  const told = refusals.length === 0 ? '' : `<p>Calls refused and repeated: ${escapeHtml(refusals.join(', '))}.</p>`;
  if (faults.length === 0) return told === '' ? '' : `<section><h2>Faults</h2>${told}</section>`;
  const rows = faults.map(({ kind, at, endedAt, acted, detail }) => [
    kind,
    seconds(at),
    seconds(endedAt - at),
    acted > 0 ? detail : `not made: ${detail}`,
  ]);
  return `<section><h2>Faults</h2>${table(['fault', 'at', 'lasted', 'what it did'], rows, [1, 2])}${told}</section>`;
}

function findings(report: StressReport): string {
  const gaps = report.notChecked.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('');
  const unchecked = gaps === '' ? '' : `<h3>Not checked</h3><ul>${gaps}</ul>`;
  if (report.findings.length === 0) return `<section><h2>Findings</h2><p>None.</p>${unchecked}</section>`;
  const items = report.findings.map((finding) => `<li>${escapeHtml(finding)}</li>`).join('');
  return `<section><h2>Findings</h2><ul class="findings">${items}</ul>${unchecked}</section>`;
}

function agentTable({ agents }: StressReport): string {
  const rows = agents
    .slice(0, mostAgents)
    .map(({ agent, sent, received, acked, latencyMs: { p50, p95, p99 } }) => [
      agent,
      String(sent),
      String(received),
      String(acked),
      milliseconds(p50),
      milliseconds(p95),
      milliseconds(p99),
    ]);
  const left = agents.length - rows.length;
  const more = left > 0 ? `<p>… and ${left} more agents.</p>` : '';
  const head = ['agent', 'sent', 'received', 'acked', 'p50', 'p95', 'p99'];
  return `<section><h2>Agents</h2>${table(head, rows, [1, 2, 3, 4, 5, 6])}${more}</section>`;
}

function settings({ scenario, environment, acceptMs, deliveryMs }: StressReport): string {
  const rows = [
    ['durability', environment.durability],
    ['send answered after', `p50 ${milliseconds(acceptMs.p50)}, p99 ${milliseconds(acceptMs.p99)}`],
    ['first delivered after', `p50 ${milliseconds(deliveryMs.p50)}, p99 ${milliseconds(deliveryMs.p99)}`],
    ...Object.entries(scenario).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  ];
  return `<section><h2>Settings</h2>${table(['', ''], rows, [])}</section>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], numbers: readonly number[]): string {
  const tone = (column: number) => (numbers.includes(column) ? ' class="number"' : '');
  const cells = (tag: 'td' | 'th', row: readonly string[]) =>
    row.map((cell, column) => `<${tag}${tone(column)}>${escapeHtml(cell)}</${tag}>`).join('');
  const heading = head.every((name) => name === '') ? '' : `<thead><tr>${cells('th', head)}</tr></thead>`;
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
  return `<div class="scroll"><table>${heading}<tbody>${body}</tbody></table></div>`;
}

/** Every nth sample, so that a long run has a page that opens. */
function thinned(samples: readonly StressSample[]): readonly StressSample[] {
  const every = Math.ceil(samples.length / mostPoints);
  return samples.filter((_, index) => index % Math.max(1, every) === 0 || index === samples.length - 1);
}

function milliseconds(value: number): string {
  return value >= 10_000 ? `${shortNumber(value / 1_000)} s` : `${shortNumber(value)} ms`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
