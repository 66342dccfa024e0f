import { describe, expect, test } from 'vitest';
import type { Alert } from './alert.ts';
import { alertText, discordText, inboxMessage, logLine, webhookPayload, wireAlert } from './alert-text.ts';

const alert: Alert = {
  id: 'alt_0000000000000001',
  fingerprint: 'corruption-persists:/q_1*.json',
  rule: 'corruption-persists',
  figure: 'corruption',
  subject: '/q_1*.json',
  severity: 'critical',
  state: 'firing',
  text: 'damaged in most of the last checks (/q_1*.json): @everyone [look](http://x)',
  advice: 'stop that writer',
  value: 1,
  threshold: 0,
  count: 1,
  since: 0,
  firedAt: 1_000,
};
const { subject: _subject, ...plain } = alert;

describe('an alert in words', () => {
  test('tells the value and the limit, unless being there says it all', () => {
    const rule = { figure: 'disk_free', when: 'below', threshold: 512 * 1_048_576 } as const;
    expect(alertText(rule, { figure: 'disk_free', value: 1_048_576 })).toBe('free disk space: 1 MiB, limit 512 MiB');
    const down = { figure: 'store_state', when: 'above', threshold: 0 } as const;
    expect(alertText(down, { figure: 'store_state', value: undefined, detail: 'x'.repeat(900) })).toHaveLength(322);
  });

  test('in a log is one line, in an inbox says what to do', () => {
    expect(logLine({ change: 'fired', alert })).toContain('alert (critical, silenced) corruption-persists: ');
    expect(logLine({ change: 'fired', alert: { ...alert, notifiedAt: 1_000 } })).toBe(
      `alert (critical) corruption-persists: ${alert.text}; stop that writer`,
    );
    expect(logLine({ change: 'resolved', alert })).toBe(`alert over: corruption-persists: ${alert.text}`);
    expect(inboxMessage({ change: 'fired', alert })).toEqual({
      subject: 'Alert (critical): corruption-persists (/q_1*.json)',
      body: `${alert.text}\n\nWhat to do: stop that writer\n\nwaggle alerts ack ${alert.id} says that you know.`,
    });
    expect(inboxMessage({ change: 'resolved', alert: plain }).subject).toBe('Alert over: corruption-persists');
  });

  test('for Discord keeps a stranger’s markdown text, and its length', () => {
    const text = discordText({ change: 'fired', alert });
    expect(text).toContain('**🔴 critical: corruption-persists**');
    expect(text).toContain('\\(/q\\_1\\*.json\\): \\@everyone \\[look\\]\\(http://x\\)');
    expect(discordText({ change: 'fired', alert: { ...alert, severity: 'warning' } })).toContain('🟠 warning');
    expect(discordText({ change: 'resolved', alert: { ...alert, text: '_'.repeat(3_000) } })).toHaveLength(2_000);
    expect(discordText({ change: 'resolved', alert })).toContain('✅ over');
  });

  test('on the wire has instants that people and programs read', () => {
    expect(JSON.parse(webhookPayload({ change: 'fired', alert }))).toMatchObject({
      sinceAt: '1970-01-01T00:00:00.000Z',
      firedAt: '1970-01-01T00:00:01.000Z',
    });
    const over = wireAlert({ ...alert, acknowledgedAt: 2_000, resolvedAt: 3_000, notifiedAt: 1_000 });
    expect(over).toMatchObject({ acknowledgedAt: '1970-01-01T00:00:02.000Z', resolvedAt: '1970-01-01T00:00:03.000Z' });
    expect(over).not.toHaveProperty('since');
  });
});
