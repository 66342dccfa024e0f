import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { type ContenderName, contenders } from './contenders.ts';
import { goals, judge, type Reached, type Series } from './goals.ts';
import { peerVersions } from './packages.ts';
import type { Results } from './results.ts';
import { type Section, sections } from './sections.ts';
import { type Spread, spreadOf } from './workload.ts';

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const begin = '<!-- figures: written by npm run bench -->';
const end = '<!-- end of figures -->';

export function goalsTable(reached: readonly Reached[]): string {
  const rows = reached.map(({ goal, ratio, verdict }) =>
    [goal.title, `**${figure(ratio.median)}**`, range(ratio), `${goal.is} ${goal.floor}`, goal.aim, verdict].join(
      ' | ',
    ),
  );
  return ['| measured | median | low – high | must be | aim | |', '| --- | --- | --- | --- | --- | --- |']
    .concat(rows.map((row) => `| ${row} |`))
    .join('\n');
}

export function verdictLine(reached: readonly Reached[]): string {
  const missed = reached.filter(({ verdict }) => verdict === 'missed').length;
  const aims = reached.filter(({ verdict }) => verdict === 'aim reached').length;
  return `${reached.length} measured: ${missed} missed, ${reached.length - missed} reached, of which ${aims} reached their aim.`;
}

/** Puts the figures of a run into docs/benchmarks.md; the prose around them is written by hand. */
export function writePage(results: Results, ran: { rounds: number; sliceMs: number }): void {
  const series: Series = new Map(Object.entries(results.series));
  const reached = goals.flatMap((goal) => judge(goal, series) ?? []);
  const text = [
    begin,
    machine(results, ran),
    '## What must hold',
    goalsTable(reached),
    ...sections.flatMap((section) => sectionText(section, series)),
    end,
  ].join('\n\n');
  const before = readFileSync(page, 'utf8');
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  writeFileSync(page, `${before.slice(0, from)}${text}${before.slice(to + end.length)}`);
}

function machine(results: Results, { rounds, sliceMs }: { rounds: number; sliceMs: number }): string {
  const processors = cpus();
  const versions = Object.entries(peerVersions).map(([name, version]) => `${name} ${version}`);
  const dates = Object.values(results.measuredAt).sort();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `Measured ${(dates[0] ?? '').slice(0, 10)} to ${(dates.at(-1) ?? '').slice(0, 10)}; ${rounds} paired rounds with turns of ${sliceMs} ms.`,
    `Machine: ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, ${memory} GiB, Linux ${release()}, Node ${process.versions.node}, SQLite ${sqliteVersion()}.`,
    `Peers: ${versions.join(', ')}; redis 7, PostgreSQL 15 and NATS as Debian ships them.`,
  ].join('\n');
}

function sqliteVersion(): string {
  using db = new DatabaseSync(':memory:');
  return String(db.prepare('SELECT sqlite_version() AS version').get()?.['version']);
}

function sectionText(section: Section, series: Series): string[] {
  const own = [...series].filter(([name]) => name.startsWith(`${section.name}/`));
  if (own.length === 0) return [];
  const rows = own.map(([name, values]) => {
    const short = name.slice(section.name.length + 1);
    const spread = spreadOf(values);
    const syncs = Object.hasOwn(contenders, short) ? contenders[short as ContenderName].syncs : ''; // just looked up
    return `| ${short} | ${figure(spread.median)} | ${range(spread)} | ${syncs} |`;
  });
  const head = [`| ${section.unit} | median | low – high | what is synced |`, '| --- | --- | --- | --- |'];
  return [`## ${section.title}`, [...head, ...rows].join('\n')];
}

function range({ low, high }: Spread): string {
  return `${figure(low)} – ${figure(high)}`;
}

/** Three digits that mean something. */
function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return Number(value.toPrecision(3)).toString();
}
