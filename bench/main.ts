import { parseArgs } from 'node:util';
import { type ContenderName, contenders } from './contenders.ts';
import { goals, judge, type Series } from './goals.ts';
import { installPeers, installServers } from './packages.ts';
import { goalsTable, verdictLine, writePage } from './report.ts';
import { type Results, readResults, writeResults } from './results.ts';
import { Run } from './run.ts';
import { type Section, sections } from './sections.ts';

/**
 * `npm run bench`: measures Waggle beside what a user would pick instead, in one run on one machine, and writes
 * docs/benchmarks.md. What was measured before and not again is kept, so a run may be done in parts.
 */
const usage = `npm run bench -- [--only NAME,…] [--rounds N] [--slice-ms N] [--quick] [--no-write]

  --only       sections (${sections.map(({ name }) => name).join(', ')}) and contenders
               (${Object.keys(contenders).join(', ')});
               the others keep the figures of their last run
  --rounds     paired rounds of each section, default 7
  --slice-ms   length of one contender's turn in a round, default 1000
  --quick      proves that it runs, without peers: figures without meaning, nothing is written
  --no-write   prints only

  npm run bench -- --only 64,in-place,bullmq
  npm run bench -- --only contention,wake
`;

const ownContenders: readonly ContenderName[] = [
  'in-place',
  'socket',
  'sqlite-memory',
  'memory',
  'fsyncs',
  'json-file',
];

/** Sections that run the code of another: nothing more to prove in a quick run. */
const likeAnother = new Set(['8', 'relaxed']);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    'slice-ms': { type: 'string', default: '1000' },
    quick: { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

// An exit, and not an end, so that the servers of the run hear of it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (values.help) process.stdout.write(usage);
else process.exitCode = await main();

async function main(): Promise<number> {
  const isQuick = values.quick;
  const chosen = chooseFrom(values.only, isQuick);
  if (chosen === undefined) {
    process.stderr.write(`--only: ${values.only} names nothing that is measured\n\n${usage}`);
    return 2;
  }
  const absent = isQuick ? new Set<ContenderName>() : prepare(chosen.flatMap(({ names }) => names));
  const started = performance.now();
  const results: Results = isQuick ? { series: {}, measuredAt: {} } : readResults();
  await using run = new Run({
    rounds: isQuick ? 1 : Number(values.rounds),
    sliceMs: isQuick ? 20 : Number(values['slice-ms']),
    isQuick,
    say,
  });
  for (const { section, names } of chosen) {
    const present = names.filter((name) => !absent.has(name));
    say(`${section.title}: ${present.join(', ')}`);
    try {
      keep(results, section, await section.measure(run, present));
      if (!isQuick && !values['no-write']) writeResults(results);
    } catch (error) {
      // One peer that does not run must not cost the night's other rows.
      run.fail(section.name, error);
    }
  }
  const seconds = (performance.now() - started) / 1_000;
  if (isQuick) {
    process.stdout.write(`${chosen.length} sections, ${run.failures.length} failures, ${seconds.toFixed(0)} s\n`);
    return run.failures.length > 0 ? 1 : 0;
  }
  const reached = goals.flatMap((goal) => judge(goal, new Map(Object.entries(results.series))) ?? []);
  process.stdout.write(`\n${goalsTable(reached)}\n\n${verdictLine(reached)} ${(seconds / 60).toFixed(1)} minutes.\n`);
  if (!values['no-write']) writePage(results, { rounds: run.rounds, sliceMs: run.sliceMs });
  for (const failure of run.failures) process.stdout.write(`not measured: ${failure}\n`);
  return run.failures.length > 0 ? 1 : 0;
}

/** The sections to measure and who takes part in each; undefined when a name is unknown. */
function chooseFrom(
  only: string | undefined,
  isQuick: boolean,
): { section: Section; names: ContenderName[] }[] | undefined {
  const asked = only?.split(',').map((name) => name.trim()) ?? [];
  const isKnown = (name: string) =>
    Object.hasOwn(contenders, name) || sections.some((section) => section.name === name);
  if (!asked.every(isKnown)) return undefined;
  const askedSections = asked.filter((name) => sections.some((section) => section.name === name));
  const askedContenders = asked.filter((name) => Object.hasOwn(contenders, name));
  return sections
    .filter(({ name }) =>
      askedSections.length === 0 ? !isQuick || !likeAnother.has(name) : askedSections.includes(name),
    )
    .map((section) => ({
      section,
      names: section.needs.filter(
        (name) =>
          (askedContenders.length === 0 || askedContenders.includes(name)) &&
          (!isQuick || ownContenders.includes(name)),
      ),
    }))
    .filter(({ names }) => names.length > 0);
}

/** Installs what the named contenders need; answers those that cannot be had here. */
function prepare(names: readonly ContenderName[]): Set<ContenderName> {
  if (names.some((name) => !ownContenders.includes(name))) installPeers(say);
  const commands: Record<string, string> = {};
  for (const name of names) Object.assign(commands, serverCommand(name));
  const missing = installServers(commands, say);
  const absent = names.filter((name) => Object.keys(serverCommand(name)).some((command) => missing.includes(command)));
  if (absent.length > 0) say(`left out, because ${missing.join(', ')} is missing: ${[...new Set(absent)].join(', ')}`);
  return new Set(absent);
}

/** Program of a contender's server and the Debian package that holds it. */
function serverCommand(name: ContenderName): Record<string, string> {
  const server: string = (contenders[name] as { server?: string }).server ?? '';
  if (server.startsWith('redis')) return { 'redis-server': 'redis-server' };
  if (server.startsWith('postgres')) return { postgres: 'postgresql' };
  return server === 'nats' ? { 'nats-server': 'nats-server' } : {};
}

/** Figures of a run replace those of an earlier one, contender by contender. */
function keep(results: Results, section: Section, measured: Series): void {
  const now = new Date().toISOString();
  for (const [name, values] of measured) results.series[name] = [...values];
  results.measuredAt[section.name] = now;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
