import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { HistoryRecord } from './record.ts';

/** One client's records, one millisecond apart. */
function told(...records: Partial<HistoryRecord>[]): HistoryRecord[] {
  return records.map((record, index) => ({
    t_mono: index,
    proc: 'ada',
    incarnation: 0,
    op: 'send',
    phase: 'ok',
    ...record,
  }));
}

const sent = (call: number, id: string): Partial<HistoryRecord>[] => [
  { op: 'send', phase: 'invoke', call, key: `k-${id}`, inbox: 'bob', hash: `h-${id}` },
  { op: 'send', phase: 'ok', call, key: `k-${id}`, id },
];
const leased = (call: number, id: string, seq: number, gen = 1): Partial<HistoryRecord>[] => [
  { op: 'lease', phase: 'invoke', call, inbox: 'bob', lease_ms: 1_000 },
  { op: 'lease', phase: 'ok', call, id, inbox: 'bob', seq, gen, attempt: gen, hash: `h-${id}`, key: `k-${id}` },
];
const acked = (call: number, id: string, gen = 1): Partial<HistoryRecord>[] => [
  { op: 'ack', phase: 'invoke', call, id, gen },
  { op: 'ack', phase: 'ok', call, id, gen },
];

test('a message sent, delivered and acked is all there is to say', async () => {
  const report = await checkHistory(told(...sent(1, 'm1'), ...leased(2, 'm1', 1), ...acked(3, 'm1')));
  expect(report).toMatchObject({ ok: true, findings: [], notChecked: [] });
  expect(report.summary).toMatchObject({ records: 6, sent: 1, received: 1, acked: 1, open: 0 });
});

test('a finding names its class, its message, its lines, and says what happened', async () => {
  const report = await checkHistory(
    told(...sent(1, 'm1'), ...leased(2, 'm1', 1), ...acked(3, 'm1'), ...leased(4, 'm1', 1, 2)),
  );
  expect(report).toMatchObject({
    ok: false,
    summary: { duplicated: 1 },
    findings: [{ class: 'revived', subject: 'm1', proof: [{ line: 6 }, { line: 8 }] }],
  });
  expect(report.findings[0]?.sentence).toBe('message m1 had been acked and was delivered again (generation 2)');
});

test('what a history cannot show is said, not passed over', async () => {
  const { ok, notChecked, summary } = await checkHistory(told(...sent(1, 'm1')));
  expect(ok).toBe(true);
  expect(summary.open).toBe(1);
  expect(notChecked).toEqual([expect.stringContaining('no final records')]);
  const drained = await checkHistory(told(...sent(1, 'm1')), { isDrained: true });
  expect(drained.totals.lost).toBe(1);
});

test('records out of order, and ends that nobody began, are refused by number', async () => {
  await expect(checkHistory([...told(...sent(1, 'm1'), {}), ...told({})])).rejects.toThrow(
    /record 4 must not be earlier/,
  );
  await expect(checkHistory(told({ call: 7 }))).rejects.toThrow(/record 1: ada ends a send that it never began/);
  const twice = { op: 'ack', phase: 'invoke', call: 1, id: 'm1' } as const;
  await expect(checkHistory(told(twice, twice))).rejects.toThrow(/record 2: ada has begun this call already/);
});

test('lists are capped, totals are not', async () => {
  const many = Array.from({ length: 30 }, (_, index) => ({
    op: 'lease' as const,
    id: `ghost-${index}`,
    inbox: 'bob',
    seq: index + 1,
  }));
  const report = await checkHistory(told(...many), { maxFindings: 3 });
  expect(report.totals.phantom).toBe(30);
  expect(report.summary.invented).toBe(30);
  expect(report.findings).toHaveLength(3);
});
