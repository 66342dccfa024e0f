import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../message/limits.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { type AuditEntry, auditHash } from './audit-entry.ts';
import type { AuditStore } from './audit-store.ts';
import { AuditTrail } from './audit-trail.ts';
import { logWitness, noteRestored, noWitness } from './log-witness.ts';
import { verifyAudit } from './verify-audit.ts';

function startTrail(witness = noWitness) {
  const clock = new ManualClock();
  const store = openMemoryStore({
    clock,
    random: () => 0.5,
    limits: defaultLimits,
    backoff: { minMs: 1, maxMs: 2 },
  });
  const failures: unknown[] = [];
  const trail = new AuditTrail({ store, clock, witness, onFailure: (error) => failures.push(error) });
  const rows = () => store.audit.read(0, 10_000);
  return { clock, store, trail, rows, failures };
}

const refused = {
  actor: 'ada',
  action: 'message.peek',
  subject: 'bob',
  outcome: 'refused',
  detail: 'forbidden',
} as const;

describe('what can be repeated at will', () => {
  test('is told the first time and counted once a minute after that', async () => {
    const { clock, trail, rows } = startTrail();
    for (let n = 0; n < 1_000; n += 1) await trail.count('ada', refused);
    expect(await rows()).toMatchObject([{ ...refused, count: 1 }]);
    clock.advance(60_000);
    await expect.poll(rows).toHaveLength(2);
    expect((await rows())[1]).toMatchObject({ ...refused, count: 999 });
    clock.advance(600_000);
    await trail.count('ada', refused);
    await expect.poll(rows).toHaveLength(3);
  });

  test('however its facts vary: ten rows of its own, and one for the rest', async () => {
    const { clock, trail, rows } = startTrail();
    for (let n = 0; n < 500; n += 1) await trail.count('ada', { ...refused, subject: `agent-${n}` });
    await trail.count('bob', { ...refused, actor: 'bob' });
    expect(await rows()).toHaveLength(11);
    clock.advance(60_000);
    await expect.poll(rows).toHaveLength(12);
    const last = (await rows()).at(-1);
    expect(last).toMatchObject({ actor: 'ada', action: 'various', outcome: 'refused', count: 490 });
    expect(last).not.toHaveProperty('subject');
  });

  test('is not lost when the hub stops before the minute is over', async () => {
    const { trail, rows } = startTrail();
    for (let n = 0; n < 3; n += 1) await trail.count('ada', refused);
    await trail.flush();
    expect((await rows()).map(({ count }) => count)).toEqual([1, 2]);
    await trail.flush();
    expect(await rows()).toHaveLength(2);
  });

  test('a row that cannot be written is told, and keeps nobody from being refused', async () => {
    const { store, trail, failures } = startTrail();
    await store.close();
    trail.note('ada', refused);
    await expect.poll(() => failures).toHaveLength(1);
    await expect(trail.record(refused)).rejects.toMatchObject({ code: 'draining' });
  });
});

describe('the chain', () => {
  async function written(count = 5) {
    const folder = tempFolder();
    const file = join(folder.path, 'hub.log');
    const witness = logWitness(file, () => 0);
    const { trail, store } = startTrail(witness);
    for (let n = 1; n <= count; n += 1) await trail.record({ ...refused, subject: `agent-${n}` });
    return { rows: await store.audit.read(0, 100), witness, file, folder };
  }
  /** A log somebody has had their hands on. */
  const logOf = (rows: readonly AuditEntry[]): AuditStore => ({
    append: () => Promise.reject(new Error('not here')),
    list: () => Promise.reject(new Error('not here')),
    read: async (after, limit) => rows.filter(({ seq }) => seq > after).slice(0, limit),
  });
  const changedAt = (rows: readonly AuditEntry[], seq: number, change: Partial<AuditEntry>) =>
    rows.map((row) => (row.seq === seq ? { ...row, ...change } : row));

  test('holds when nobody touched it, and the log beside it says the same', async () => {
    const { rows, witness, file, folder } = await written();
    using _folder = folder;
    expect(await verifyAudit(logOf(rows), await witness.read())).toEqual({
      checked: 5,
      last: { seq: 5, hash: rows[4]?.hash },
      witnessed: 5,
      problems: [],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain(`audit 5 ${rows[4]?.hash}\n`);
  });

  const facts = Object.entries({
    at: 1,
    actor: 'eve',
    role: 'lead',
    incarnation: 9,
    action: 'hub.stop',
    subject: 'nobody',
    outcome: 'done',
    count: 7,
    detail: 'x',
  });
  test.each(facts)('shows that %s of a row was changed', async (name, value) => {
    const { rows, witness, folder } = await written();
    using _folder = folder;
    const { problems } = await verifyAudit(logOf(changedAt(rows, 3, { [name]: value })), await witness.read());
    expect(problems).toMatchObject([{ what: 'changed', seq: 3 }]);
  });

  test('shows rows that were taken out, by number', async () => {
    const { rows, witness, folder } = await written();
    using _folder = folder;
    const without = (...gone: number[]) => verifyAudit(logOf(rows.filter(({ seq }) => !gone.includes(seq))), noneNoted);
    const noneNoted = await noWitness.read();
    expect((await without(3)).problems).toEqual([{ what: 'missing', seq: 3, detail: 'row 3 is gone' }]);
    expect((await without(1, 2)).problems).toMatchObject([{ what: 'missing', detail: 'rows 1 to 2 are gone' }]);
    const renumbered = rows.filter(({ seq }) => seq !== 3).map((row, index) => ({ ...row, seq: index + 1 }));
    expect((await verifyAudit(logOf(renumbered), await witness.read())).problems[0]).toMatchObject({ seq: 3 });
  });

  test('shows a row of another log in its place, whose own hash is right', async () => {
    const { rows, folder } = await written();
    using _folder = folder;
    const { trail, rows: others } = startTrail();
    for (let n = 1; n <= 3; n += 1) await trail.record({ ...refused, subject: `stranger-${n}` });
    const third = (await others())[2];
    if (third === undefined) throw new Error('three rows were written');
    const { problems } = await verifyAudit(logOf(changedAt(rows, 3, third)), await noWitness.read());
    expect(problems.map(({ what, seq }) => [what, seq])).toEqual([
      ['changed', 3],
      ['changed', 4],
    ]);
  });

  test('shows rows that changed places', async () => {
    const { rows, witness, folder } = await written();
    using _folder = folder;
    const [, second, third] = rows;
    if (second === undefined || third === undefined) throw new Error('five rows were written');
    const swapped = changedAt(changedAt(rows, 2, { ...third, seq: 2 }), 3, { ...second, seq: 3 });
    const { problems } = await verifyAudit(logOf(swapped), await witness.read());
    expect(problems.map(({ what, seq }) => [what, seq])).toContainEqual(['changed', 2]);
  });

  test('shows by the hub’s log that its end was cut off, or all of it', async () => {
    const { rows, witness, folder } = await written();
    using _folder = folder;
    const kept = async (count: number) =>
      (await verifyAudit(logOf(rows.slice(0, count)), await witness.read())).problems;
    expect(await kept(3)).toMatchObject([
      { what: 'truncated', seq: 4, detail: expect.stringContaining('last 2 are gone') },
    ]);
    expect(await kept(0)).toMatchObject([{ what: 'truncated', seq: 1 }]);
  });

  test('shows by the hub’s log that it was written anew, with right hashes and another past', async () => {
    const { rows, witness, file, folder } = await written();
    using _folder = folder;
    let previous = rows[1]?.hash ?? '';
    const anew = rows.map((row) => {
      if (row.seq < 3) return row;
      const { hash: _old, ...changed } = { ...row, actor: 'eve' };
      previous = auditHash(previous, changed);
      return { ...changed, hash: previous };
    });
    // Adding lines to the log does not help: the first word on a row counts.
    for (const { seq, hash } of anew) appendFileSync(file, `2026-01-01T00:00:00.000Z audit ${seq} ${hash}\n`);
    const { problems } = await verifyAudit(logOf(anew), await witness.read());
    expect(problems).toMatchObject([{ what: 'replaced', seq: 3 }]);
  });

  test('a restore is noted, so that what it replaced is not missed', async () => {
    const { rows, witness, file, folder } = await written();
    using _folder = folder;
    appendFileSync(file, 'something else\n');
    noteRestored(file, 0, 3);
    expect((await verifyAudit(logOf(rows.slice(0, 3)), await witness.read())).problems).toEqual([]);
    witness.note({ seq: 4, hash: 'ff'.repeat(32) });
    expect((await verifyAudit(logOf(rows.slice(0, 3)), await witness.read())).problems).toMatchObject([
      { what: 'truncated', seq: 4 },
    ]);
  });

  test('a log that is not there witnesses nothing', async () => {
    using folder = tempFolder();
    expect((await logWitness(join(folder.path, 'none'), () => 0).read()).hashes.size).toBe(0);
    expect(await verifyAudit(logOf([]), { hashes: new Map() })).toEqual({ checked: 0, witnessed: 0, problems: [] });
  });
});
