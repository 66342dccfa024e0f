import { ratiosOf, type Spread, spreadOf } from './workload.ts';

/** Every series of figures of a run by name: `64/bullmq` is BullMQ's lives per second with 64 callers, round by round. */
export type Series = Map<string, readonly number[]>;

/** A ratio of two series that Waggle must keep. */
export interface Goal {
  readonly title: string;
  readonly above: string;
  /** Absent: the series is a ratio already. */
  readonly below?: string;
  readonly is: 'at least' | 'at most';
  readonly floor: number;
  readonly aim: number;
}

const least = (title: string, above: string, below: string, floor: number, aim: number): Goal => ({
  title,
  above,
  below,
  is: 'at least',
  floor,
  aim,
});

export const goals: readonly Goal[] = [
  least('in place, 64 callers ÷ plainjob forced to FULL', '64/in-place', '64/plainjob', 8, 15),
  least('in place, 64 callers ÷ own code on `:memory:`', '64/in-place', '64/sqlite-memory', 0.6, 0.8),
  least('in place, 1 caller ÷ (raw fsyncs a second ÷ 3)', '1/in-place', '1/fsyncs', 0.85, 1.1),
  least('in place, 64 callers ÷ BullMQ', '64/in-place', '64/bullmq', 4, 10),
  least('through the socket, 64 callers ÷ BullMQ', '64/socket', '64/bullmq', 2, 4),
  least('through the socket, 64 callers ÷ pg-boss', '64/socket', '64/pg-boss', 12, 25),
  least('through the socket, 64 callers ÷ graphile-worker', '64/socket', '64/graphile-worker', 12, 25),
  least('through the socket, 64 callers ÷ NATS JetStream, not fsynced', '64/socket', '64/nats', 1.5, 3),
  least('in place, batch 100 ÷ BullMQ', 'batch/in-place', 'batch/bullmq', 5, 10),
  least('in place, batch 100 ÷ pg-boss', 'batch/in-place', 'batch/pg-boss', 3.5, 8),
  least('in place, batch 100 ÷ plainjob', 'batch/in-place', 'batch/plainjob', 8, 12),
  least('8 processes × 8 calls through the hub ÷ one shared SQLite file', 'contention/hub', 'contention/file', 1.3, 2),
  {
    title: '… p99 of a call in the process served worst ÷ the same over the shared file',
    above: 'contention/hub p99',
    below: 'contention/file p99',
    is: 'at most',
    floor: 0.05,
    aim: 0.03,
  },
  {
    title: '… fairness: slowest ÷ fastest process',
    above: 'contention/hub fairness',
    is: 'at least',
    floor: 0.8,
    aim: 0.9,
  },
  least('1,000,000 pending ÷ 100,000 pending', 'depth/1000000', 'depth/100000', 0.85, 0.95),
  {
    title: 'wake-up, median send → handler in another process ÷ BullMQ',
    above: 'wake/socket',
    below: 'wake/bullmq',
    is: 'at most',
    floor: 0.8,
    aim: 0.5,
  },
  least('memory store ÷ durable sqlite, 64 callers', '64/memory', '64/in-place', 5, 8),
  least('memory store ÷ BullMQ without a log, 64 callers', '64/memory', '64/bullmq-memory', 20, 35),
  least('through the socket, 64 callers ÷ the legacy algorithm on 450 messages', 'legacy/hub', 'legacy/450', 50, 500),
];

export interface Reached {
  readonly goal: Goal;
  readonly ratio: Spread;
  readonly verdict: 'missed' | 'reached' | 'aim reached';
}

/** Judges one goal, or answers undefined when its series were not measured. */
export function judge(goal: Goal, series: Series): Reached | undefined {
  const above = series.get(goal.above);
  const below = goal.below === undefined ? undefined : series.get(goal.below);
  if (above === undefined || (goal.below !== undefined && below === undefined)) return undefined;
  const ratio = spreadOf(below === undefined ? above : ratiosOf(above, below));
  const reaches = (bound: number) => (goal.is === 'at least' ? ratio.median >= bound : ratio.median <= bound);
  return { goal, ratio, verdict: reaches(goal.aim) ? 'aim reached' : reaches(goal.floor) ? 'reached' : 'missed' };
}
