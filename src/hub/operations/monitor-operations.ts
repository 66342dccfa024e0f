import { z } from 'zod';
import { invalidInput } from '../../errors.ts';
import type { MessageLimits } from '../../message/limits.ts';
import { alertStates, type Silence } from '../../monitor/alert.ts';
import { wireAlert } from '../../monitor/alert-text.ts';
import { figureSpec } from '../../monitor/figure.ts';
import { lookEveryMs } from '../../monitor/monitor.ts';
import type { SourceRecord } from '../../monitor/source-records.ts';
import { count, line, word } from '../fields.ts';
import type { WireSilence, WireSource } from '../monitor-api.ts';
import type { Caller, OperationTable } from '../operation.ts';
import { instant } from '../present.ts';

type MonitorOperations = Pick<
  OperationTable,
  Extract<keyof OperationTable, `${'health' | 'monitor' | 'alerts'}.${string}`>
>;

const alertId = z
  .string('must be text')
  .regex(/^alt_[0-9a-f]{16}$/, 'must be an alert id such as alt_0123456789abcdef');
const silenceId = z
  .string('must be text')
  .regex(/^sil_[0-9a-f]{16}$/, 'must be a silence id such as sil_0123456789abcdef');
const isoInstant = z.iso.datetime({ error: 'must be an ISO 8601 instant in UTC, such as 2026-01-01T00:00:00Z' });
const whole = z
  .number('must be a number')
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .max(Number.MAX_SAFE_INTEGER);
/** Longest silence: what is to be quiet for longer is switched off in the configuration, where it is seen. */
const longestSilenceMs = 7 * 86_400_000;

export function monitorOperations(limits: MessageLimits): MonitorOperations {
  return {
    'health.report': {
      name: 'health.report',
      access: { action: 'hub.read' },
      repeat: 'safe',
      summary: 'How the swarm is: every figure with its state, its limit and what to do, sources, checks and alerts.',
      http: { method: 'GET', path: '/v1/health' },
      input: z.strictObject({}),
      async run({ monitor }) {
        const { snapshot, ...report } = await monitor.health();
        const { lastAt, ...integrity } = snapshot.integrity;
        const { open, silences } = monitor.alerts;
        const of = (state: string) => open.filter((alert) => alert.state === state).length;
        const [worst] = open.map(({ severity }) => severity).toSorted();
        return {
          ...report,
          at: instant(snapshot.at),
          store: snapshot.health,
          sources: snapshot.sources.map(presentSource),
          integrity: { ...integrity, ...(lastAt === undefined ? {} : { lastAt: instant(lastAt) }) },
          alerts: {
            firing: of('firing'),
            acknowledged: of('acknowledged'),
            silences: silences.length,
            ...(worst === undefined ? {} : { worst }),
          },
          troubles: snapshot.troubles,
        };
      },
    },
    'health.observe': {
      name: 'health.observe',
      access: { action: 'alert.control' },
      repeat: 'safe',
      summary: 'Tell how a file was when it was looked at, so that damage that stays becomes an alert.',
      http: { method: 'POST', path: '/v1/health/sources' },
      input: z.strictObject({
        source: line(1_024).min(1, 'must not be empty'),
        state: z.enum(
          ['intact', 'damaged', 'missing', 'unreadable'],
          'must be one of intact, damaged, missing, unreadable',
        ),
        at: isoInstant,
        errors: whole.exactOptional(),
        recovered: whole.exactOptional(),
        lostBytes: whole.exactOptional(),
        problem: line(1_024).exactOptional(),
      }),
      async run({ monitor }, observation) {
        return presentSource(monitor.observer.observe({ ...observation, look: observation.at }));
      },
    },
    'monitor.series': {
      name: 'monitor.series',
      access: { action: 'hub.read' },
      repeat: 'safe',
      summary: 'What was seen in the last quarter of an hour, a point every two seconds: for charts.',
      http: { method: 'GET', path: '/v1/monitor/series' },
      input: z.strictObject({ after: isoInstant.exactOptional() }),
      async run({ monitor }, { after }) {
        const points = monitor.points(after === undefined ? 0 : Date.parse(after));
        return { everyMs: lookEveryMs, points: points.map((point) => ({ ...point, at: instant(point.at) })) };
      },
    },
    'monitor.metrics': {
      name: 'monitor.metrics',
      access: { action: 'hub.read' },
      repeat: 'safe',
      summary: 'The metrics in the text format of Prometheus; GET /metrics answers the text itself.',
      http: { method: 'GET', path: '/v1/monitor/metrics' },
      input: z.strictObject({}),
      async run({ monitor }) {
        return monitor.metrics();
      },
    },
    'alerts.list': {
      name: 'alerts.list',
      access: { action: 'hub.read' },
      repeat: 'safe',
      summary: 'Alerts, newest first, and the silences that hold.',
      http: { method: 'GET', path: '/v1/alerts' },
      input: z.strictObject({
        state: z.enum(alertStates, `must be one of ${alertStates.join(', ')}`).exactOptional(),
        limit: count(limits.leaseCount).exactOptional(),
        after: alertId.exactOptional(),
      }),
      async run({ monitor }, { limit = 100, ...page }) {
        const alerts = await monitor.alerts.list({ limit, ...page });
        const last = alerts.length === limit ? alerts.at(-1)?.id : undefined;
        return {
          alerts: alerts.map(wireAlert),
          silences: monitor.alerts.silences.map(presentSilence),
          ...(last === undefined ? {} : { next: last }),
        };
      },
    },
    'alerts.ack': {
      name: 'alerts.ack',
      access: { action: 'alert.acknowledge', isControl: true, describe: ({ id }) => id },
      repeat: 'safe',
      summary: 'Say that somebody knows of an alert; it stays open until its cause is gone.',
      http: { method: 'POST', path: '/v1/alerts/:id/ack' },
      input: z.strictObject({ id: alertId }),
      async run({ monitor }, { id }, { caller }) {
        return wireAlert(await monitor.alerts.acknowledge(id, nameOf(caller)));
      },
    },
    'alerts.resolve': {
      name: 'alerts.resolve',
      access: { action: 'alert.control', isControl: true, describe: ({ id }) => id },
      repeat: 'safe',
      summary: 'End an alert by hand; when its cause goes on, it fires anew.',
      http: { method: 'POST', path: '/v1/alerts/:id/resolve' },
      input: z.strictObject({ id: alertId }),
      async run({ monitor }, { id }, { caller }) {
        return wireAlert(await monitor.alerts.resolve(id, nameOf(caller)));
      },
    },
    'alerts.silence': {
      name: 'alerts.silence',
      access: {
        action: 'alert.control',
        isControl: true,
        describe: ({ rule, subject }) => [rule ?? 'all', subject].filter((part) => part !== undefined).join(' '),
      },
      repeat: 'safe',
      summary: 'Tell nobody of some alerts for a while; they are kept all the same, and told when it ends.',
      http: { method: 'POST', path: '/v1/alerts/silences', status: 201 },
      input: z.strictObject({
        rule: word.exactOptional(),
        subject: line(1_024).exactOptional(),
        all: z.boolean().exactOptional(),
        forMs: count(longestSilenceMs),
        reason: line(500).exactOptional(),
      }),
      async run({ monitor }, { all = false, forMs, ...wanted }, { caller }) {
        const { rule, subject } = wanted;
        if (all === (rule !== undefined || subject !== undefined))
          throw invalidInput('selection', { rule, subject, all }, 'give a rule, a subject or both; or all');
        if (rule !== undefined && !monitor.rules.some(({ name }) => name === rule))
          throw invalidInput('rule', rule, 'is no rule of this hub; waggle alerts rules shows which there are');
        return presentSilence(await monitor.alerts.silence({ ...wanted, by: nameOf(caller) }, forMs));
      },
    },
    'alerts.unsilence': {
      name: 'alerts.unsilence',
      access: { action: 'alert.control', isControl: true, describe: ({ id }) => id },
      repeat: 'recounted',
      summary: 'End a silence before its time.',
      http: { method: 'DELETE', path: '/v1/alerts/silences/:id' },
      input: z.strictObject({ id: silenceId }),
      async run({ monitor }, { id }) {
        return { ended: (await monitor.alerts.unsilence(id)) ? 1 : 0 };
      },
    },
    'alerts.rules': {
      name: 'alerts.rules',
      access: { action: 'hub.read' },
      repeat: 'safe',
      summary: 'The rules alerts are made by, and what each has found.',
      http: { method: 'GET', path: '/v1/alerts/rules' },
      input: z.strictObject({}),
      async run({ monitor }) {
        return {
          rules: monitor.rules.map((rule) => {
            const { title, unit } = figureSpec(rule.figure);
            return { ...rule, title, unit, now: monitor.stateOf(rule.name) };
          }),
        };
      },
    },
  };
}

function nameOf({ agent, role }: Caller): string {
  return agent ?? role;
}

function presentSource({ at, ...source }: SourceRecord): WireSource {
  return { ...source, at: instant(at) };
}

function presentSilence({ createdAt, until, ...silence }: Silence): WireSilence {
  return { ...silence, createdAt: instant(createdAt), untilAt: instant(until) };
}
