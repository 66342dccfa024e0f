import { messageStates } from '../message/message.ts';
import { type Alert, alertStates, severities } from './alert.ts';
import type { HealthReport, HealthState } from './health.ts';
import type { Snapshot } from './snapshot.ts';
import type { SourceRecord } from './source-records.ts';

/** What metrics are made of: one look, how it was judged, and this process. */
export interface Measured {
  readonly snapshot: Snapshot;
  readonly health: HealthReport;
  readonly open: readonly Alert[];
  readonly version: string;
  readonly startedAt: number;
  readonly process: { readonly residentBytes: number; readonly cpuSeconds: number };
}

export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A metric. Its samples are what could be told: one that could not be is left out, never zero. */
export interface MetricSpec {
  readonly name: `waggle_${string}`;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** Each with few values that are known beforehand: never an agent, a file or an id. */
  readonly labels?: readonly string[];
  readonly samples: (measured: Measured) => readonly Sample[];
}

const stateNumber: Readonly<Record<HealthState, number | undefined>> = { good: 0, warn: 1, bad: 2, unknown: undefined };

export const metricSpecs: readonly MetricSpec[] = [
  {
    name: 'waggle_messages',
    type: 'gauge',
    help: 'Messages kept, by state.',
    labels: ['state'],
    samples: ({ snapshot: { stats } }) =>
      stats === undefined ? [] : messageStates.map((state) => ({ labels: { state }, value: stats[state] })),
  },
  {
    name: 'waggle_messages_accepted_total',
    type: 'counter',
    help: 'Messages accepted since the store was made, pruned ones included.',
    samples: ({ snapshot }) => one(snapshot.stats?.accepted),
  },
  total('waggle_messages_acked_total', 'Messages acked.', 'acked'),
  total('waggle_attempts_returned_total', 'Attempts that were given back or whose lease ran out.', 'retried'),
  total('waggle_messages_dead_total', 'Messages that became dead letters.', 'dead'),
  total('waggle_messages_redriven_total', 'Dead letters that were put back.', 'redriven'),
  total('waggle_messages_expired_total', 'Messages that expired undelivered.', 'expired'),
  total('waggle_entries_imported_total', 'Entries of damaged files that were brought in.', 'imported'),
  total('waggle_outbox_sent_total', 'Entries that left this machine.', 'outboxSent'),
  total('waggle_outbox_dead_total', 'Entries that could not leave this machine.', 'outboxDead'),
  {
    name: 'waggle_events_total',
    type: 'counter',
    help: 'Stored events, by type; accepts, leases and acks are told by their messages and not counted here.',
    labels: ['type'],
    samples: ({ snapshot: { totals } }) =>
      Object.entries(totals.events).map(([type, value]) => ({ labels: { type }, value })),
  },
  reading('waggle_inbox_fill_ratio', 'Fullest inbox, as a share of its limit.', 'inbox_fill'),
  {
    name: 'waggle_idle_unread_seconds',
    type: 'gauge',
    help: 'How long the oldest mail of an idle agent has lain; 0 when no idle agent has mail.',
    samples: ({ snapshot }) => {
      const values = valuesOf(snapshot, 'idle_unread');
      return values === undefined ? [] : one(Math.max(0, ...values) / 1_000);
    },
  },
  {
    name: 'waggle_idle_unread_agents',
    type: 'gauge',
    help: 'Idle agents that have mail.',
    samples: ({ snapshot }) => one(valuesOf(snapshot, 'idle_unread')?.length),
  },
  {
    name: 'waggle_wake_latency_seconds',
    type: 'gauge',
    help: 'How long messages lay deliverable before their first lease, of the latest 256 of the last 10 minutes.',
    labels: ['quantile'],
    samples: ({ snapshot: { wakeMs = {} } }) => [
      ...one(inSeconds(wakeMs.p50), { quantile: '0.5' }),
      ...one(inSeconds(wakeMs.p95), { quantile: '0.95' }),
      ...one(inSeconds(wakeMs.p99), { quantile: '0.99' }),
    ],
  },
  {
    name: 'waggle_lease_age_seconds',
    type: 'gauge',
    help: 'How long the oldest lease has been held; absent when none is.',
    samples: ({ snapshot }) => one(inSeconds(snapshot.oldestLeaseMs)),
  },
  reading('waggle_retry_ratio', 'Attempts given back, of all that ended in the last 10 minutes.', 'retry_rate'),
  reading('waggle_dead_ratio', 'Attempts that ended dead, of all that ended in the last 10 minutes.', 'dead_rate'),
  gauge('waggle_store_bytes', 'Size of the store file.', ({ snapshot }) => snapshot.sizes.storeBytes),
  gauge('waggle_store_log_bytes', 'Size of its write-ahead log.', ({ snapshot }) => snapshot.sizes.logBytes),
  gauge('waggle_disk_free_bytes', 'Free space where the store is.', ({ snapshot }) => snapshot.sizes.diskFreeBytes),
  gauge('waggle_store_up', '1 while the store serves.', ({ snapshot }) => (snapshot.health.state === 'open' ? 1 : 0)),
  gauge(
    'waggle_store_file_ok',
    '1 while the store file is the one that was opened, and begins as one.',
    ({ snapshot }) => (snapshot.file.state === 'sound' || snapshot.file.state === 'none' ? 1 : 0),
  ),
  counter('waggle_integrity_checks_total', 'Integrity checks made.', ({ snapshot }) => snapshot.integrity.checks),
  counter('waggle_integrity_findings_total', 'Damage found by them.', ({ snapshot }) => snapshot.integrity.found),
  gauge('waggle_integrity_damage', 'Damage found by the last check; absent before the first.', ({ snapshot }) =>
    snapshot.integrity.lastAt === undefined ? undefined : snapshot.integrity.problems.length,
  ),
  reading(
    'waggle_integrity_age_seconds',
    'Time since the last check, or since the hub started.',
    'integrity_age',
    1_000,
  ),
  perKind('waggle_source_checks_total', 'Looks at what is parsed: the store, and queue files.', 'checks'),
  perKind('waggle_source_damaged_total', 'Looks that found damage.', 'damaged'),
  perKind('waggle_parse_errors_total', 'Parse errors found.', 'parseErrors'),
  perKind('waggle_recovery_attempts_total', 'Attempts to save what is in a source.', 'recoveryAttempts'),
  perKind('waggle_recoveries_total', 'Times a source was intact again.', 'recoveries'),
  perKind('waggle_entries_recovered_total', 'Entries that were saved.', 'recovered'),
  perKind('waggle_bytes_lost_total', 'Bytes of damaged sources that no entry could be made of.', 'lostBytes'),
  {
    name: 'waggle_sources_corrupt',
    type: 'gauge',
    help: 'Sources damaged in most of their last looks.',
    samples: ({ snapshot: { sources } }) => one(sources.filter(({ persistent }) => persistent).length),
  },
  {
    name: 'waggle_alerts',
    type: 'gauge',
    help: 'Open alerts.',
    labels: ['severity', 'state'],
    samples: ({ open }) =>
      severities.flatMap((severity) =>
        alertStates
          .filter((state) => state !== 'resolved')
          .map((state) => ({
            labels: { severity, state },
            value: open.filter((alert) => alert.severity === severity && alert.state === state).length,
          })),
      ),
  },
  {
    name: 'waggle_figure_state',
    type: 'gauge',
    help: 'Each figure of health: 0 good, 1 warn, 2 bad; absent when it could not be told.',
    labels: ['figure'],
    samples: ({ health }) => health.figures.flatMap(({ name, state }) => one(stateNumber[state], { figure: name })),
  },
  gauge('waggle_monitor_troubles', 'Figures that could not be taken.', ({ snapshot }) => snapshot.troubles.length),
  {
    name: 'waggle_hub_info',
    type: 'gauge',
    help: 'Always 1; which version runs.',
    labels: ['version'],
    samples: ({ version }) => one(1, { version }),
  },
  gauge('waggle_hub_start_time_seconds', 'When the hub started, Unix time.', ({ startedAt }) => startedAt / 1_000),
  gauge('waggle_hub_resident_memory_bytes', 'Memory the hub holds.', ({ process }) => process.residentBytes),
  counter('waggle_hub_cpu_seconds_total', 'Processor time the hub used.', ({ process }) => process.cpuSeconds),
];

type Value = (measured: Measured) => number | undefined;

function gauge(name: MetricSpec['name'], help: string, value: Value): MetricSpec {
  return { name, type: 'gauge', help, samples: (measured) => one(value(measured)) };
}

function counter(name: MetricSpec['name'], help: string, value: Value): MetricSpec {
  return { ...gauge(name, help, value), type: 'counter' };
}

/** Counts since this hub started. */
function total(name: MetricSpec['name'], help: string, key: Exclude<keyof Snapshot['totals'], 'events'>): MetricSpec {
  return counter(name, help, ({ snapshot }) => snapshot.totals[key]);
}

/** A figure without subjects, divided into the unit of the metric. */
function reading(name: MetricSpec['name'], help: string, figure: string, per = 1): MetricSpec {
  return gauge(name, help, ({ snapshot }) => {
    const value = snapshot.readings.find((each) => each.figure === figure)?.value;
    return value === undefined ? undefined : value / per;
  });
}

/** Sources are strangers' paths, of which there may be many: they are summed up by what they are. */
function perKind(
  name: MetricSpec['name'],
  help: string,
  key: 'checks' | 'damaged' | 'parseErrors' | 'recoveryAttempts' | 'recoveries' | 'recovered' | 'lostBytes',
): MetricSpec {
  const kindOf = ({ source }: SourceRecord) => (source === 'store' ? 'store' : 'file');
  return {
    name,
    type: 'counter',
    help,
    labels: ['kind'],
    samples: ({ snapshot }) =>
      ['store', 'file'].map((kind) => ({
        labels: { kind },
        value: snapshot.sources.filter((each) => kindOf(each) === kind).reduce((sum, each) => sum + each[key], 0),
      })),
  };
}

function valuesOf({ readings }: Snapshot, figure: string): readonly number[] | undefined {
  const told = readings.filter((each) => each.figure === figure).map(({ value }) => value);
  return told.every((value) => value !== undefined) ? told : undefined;
}

function one(value: number | undefined, labels?: Sample['labels']): Sample[] {
  if (value === undefined) return [];
  return [labels === undefined ? { value } : { value, labels }];
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
