import type { HistoryRecord } from '../../src/history/record.ts';
import type { Outcome } from './simulate.ts';

/** What a person needs to see of a seed: what was wrong, how to live it again, and its last events. */
export function explain({ seed, problems, history, hash }: Outcome, last = 60): string {
  const shown = last < history.length ? history.slice(-last) : history;
  return [
    `seed ${seed} (events ${hash.slice(0, 12)}): ${problems.length} problems`,
    ...problems.map((problem) => `  ${problem}`),
    `live it again: node test/simulation/replay.ts ${seed}`,
    ...(shown.length < history.length ? [`the last ${shown.length} of ${history.length} events:`] : []),
    ...shown.map(line),
  ].join('\n');
}

function line({ t_mono, proc, incarnation, op, phase, call, hash: _hash, ...facts }: HistoryRecord): string {
  const who = incarnation > 0 ? `${proc}#${incarnation}` : proc;
  const what = call === undefined ? `${op} ${phase}` : `${op} ${call} ${phase}`;
  return `${t_mono.toFixed(1).padStart(9)}  ${who.padEnd(15)} ${what.padEnd(18)} ${JSON.stringify(facts)}`;
}
