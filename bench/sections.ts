import type { ContenderName } from './contenders.ts';
import { measureContention } from './contention.ts';
import { measureDepth } from './depth.ts';
import type { Series } from './goals.ts';
import { measureLegacy } from './legacy.ts';
import { measureLives } from './lives.ts';
import type { Run } from './run.ts';
import { measureWakeUps } from './wake-up.ts';
import type { Workload } from './workload.ts';

/** A part of the bench that `--only` can name. It puts its series into the run's, under its own name. */
export interface Section {
  readonly name: string;
  readonly title: string;
  /** Unit of its figures. */
  readonly unit: string;
  readonly needs: readonly ContenderName[];
  /** `contenders`: those of `needs` that were asked for. */
  measure(run: Run, contenders: readonly ContenderName[]): Promise<Series>;
}

const peers = ['plainjob', 'bullmq', 'redis-lua', 'pg-boss', 'graphile-worker', 'nats'] as const;

export const sections: readonly Section[] = [
  lives('64', '64 callers', { callers: 64 }, [
    'in-place',
    'socket',
    'sqlite-memory',
    'memory',
    ...peers,
    'bullmq-memory',
  ]),
  lives('8', '8 callers', { callers: 8 }, ['in-place', 'socket', ...peers]),
  lives('1', 'One caller', { callers: 1 }, ['in-place', 'socket', 'fsyncs', ...peers]),
  lives('batch', 'Batches of 100', { callers: 1, batch: 100 }, ['in-place', 'socket', 'sqlite-memory', ...peers]),
  lives('relaxed', '64 callers, peers that sync later; Waggle stays durable', { callers: 64 }, [
    'in-place',
    'plainjob-relaxed',
    'bullmq-relaxed',
    'pg-boss-relaxed',
    'graphile-relaxed',
  ]),
  {
    name: 'depth',
    title: 'In place with 64 callers, by how many messages are pending',
    unit: 'lives/s',
    needs: ['in-place'],
    measure: async (run) => named('depth', await measureDepth(run, run.isQuick ? [100, 1_000] : [1e3, 1e5, 1e6])),
  },
  {
    name: 'contention',
    title: '8 client processes with 8 calls in flight each',
    unit: 'lives/s; ms; ratio',
    needs: ['socket'],
    async measure(run) {
      const { hub, file } = await measureContention(run);
      const series: Series = new Map();
      for (const [name, rounds] of [['hub', hub] as const, ['file', file] as const]) {
        series.set(
          `contention/${name}`,
          rounds.map((round) => round.livesPerSecond),
        );
        series.set(
          `contention/${name} p99`,
          rounds.map((round) => round.worstP99),
        );
        series.set(
          `contention/${name} fairness`,
          rounds.map((round) => round.fairness),
        );
      }
      return series;
    },
  },
  {
    name: 'wake',
    title: 'Wake-up: from before the send to the handler in another process',
    unit: 'ms',
    needs: ['socket', 'bullmq'],
    measure: async (run, contenders) => named('wake', await measureWakeUps(run, contenders)),
  },
  {
    name: 'legacy',
    title: 'Beside one JSON file that every step rewrites',
    unit: 'lives/s',
    needs: ['socket', 'json-file'],
    measure: async (run) => named('legacy', await measureLegacy(run)),
  },
];

function lives(name: string, title: string, workload: Workload, needs: readonly ContenderName[]): Section {
  return {
    name,
    title,
    unit: 'lives/s',
    needs,
    measure: async (run, contenders) => named(name, await measureLives(run, contenders, workload)),
  };
}

function named(section: string, series: Readonly<Partial<Record<string, readonly number[]>>>): Series {
  return new Map(Object.entries(series).map(([name, values]) => [`${section}/${name}`, values ?? []]));
}
