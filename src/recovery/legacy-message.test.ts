import { describe, expect, test } from 'vitest';
import { type ImportCandidate, toAgentId, toImportCandidate } from './legacy-message.ts';
import { scanQueue } from './queue-scan.ts';

const file = { sha256: 'f'.repeat(64), name: '/old/swarm/queue.json' };

function candidate(fields: Record<string, unknown>, edit = (text: string) => text): ImportCandidate {
  const time = '2025-09-09T00:56:13.516988';
  const entry = {
    message: 'hi',
    queue_id: '2a939edb',
    priority_score: 0.5,
    status: 'PENDING',
    created_at: time,
    updated_at: time,
    ...fields,
  };
  const [found] = scanQueue(Buffer.from(`[${edit(JSON.stringify(entry))}]`)).entries;
  if (found === undefined) throw new Error('no entry');
  return toImportCandidate(found, file);
}

describe('a legacy entry as an import candidate', () => {
  test('keeps the message as its source text and says where it came from', () => {
    const made = candidate({ message: 0 }, (text) =>
      text.replace(
        '"message":0',
        '"message":{ "to":"Agent-1","from":"Captain","title":"Plan","n":9007199254740993,"f":1.50}',
      ),
    );
    expect(made).toEqual({
      key: 'recovered:2a939edb',
      to: 'agent-1',
      subject: 'Plan',
      body: '{ "to":"Agent-1","from":"Captain","title":"Plan","n":9007199254740993,"f":1.50}',
      bodyType: 'json',
      priority: 'normal',
      state: 'ready',
      provenance: {
        source: 'recovered',
        file: 'queue.json',
        sha256: file.sha256,
        offset: 1,
        length: expect.any(Number),
        queueId: '2a939edb',
        status: 'PENDING',
        claimedSender: 'Captain',
        createdAt: '2025-09-09T00:56:13.516988',
        unverified: true,
      },
    });
  });

  test('a text message is a text body, unless it cannot be stored as text', () => {
    expect(candidate({ message: 'say "hi"\n' })).toMatchObject({ body: 'say "hi"\n', bodyType: 'text', to: null });
    const lone = candidate({ message: 'X' }, (text) => text.replace('"X"', '"\\ud83d"'));
    expect(lone).toMatchObject({ body: '"\\ud83d"', bodyType: 'json' });
    expect(candidate({ message: { content: 'only' } })).toMatchObject({ body: '{"content":"only"}', bodyType: 'json' });
    expect(candidate({ message: null })).toMatchObject({ body: 'null', bodyType: 'json' });
  });

  test('Python literals are written as JSON and said so', () => {
    const made = candidate({ message: { ok: true } }, (text) => text.replace('true', 'True'));
    expect(made).toMatchObject({ body: '{"ok":true}', state: 'ready', provenance: { normalised: true } });
  });

  test.each([
    [1, 'urgent'],
    [0.9, 'urgent'],
    [0.8, 'high'],
    [0.65, 'high'],
    [0.5, 'normal'],
    [0.4, 'normal'],
    [0.3, 'low'],
    ['urgent', 'urgent'],
    ['High', 'high'],
    ['regular', 'normal'],
    ['low', 'low'],
    ['0.95', 'urgent'],
    ['', 'normal'],
    [null, 'normal'],
  ])('priority %j is %s', (score, priority) => {
    expect(candidate({ priority_score: score }).priority).toBe(priority);
  });

  test.each([
    ['PENDING', 'ready'],
    ['PROCESSING', 'ready'],
    ['delivered', 'acked'],
    ['FAILED', 'dead'],
    ['EXPIRED?', 'ready'],
  ])('status %s becomes %s', (status, state) => {
    expect(candidate({ status }).state).toBe(state);
  });

  test('an ambiguous entry is quarantined under a key of its own', () => {
    const made = candidate({}, (text) => text.replace('{"message"', '{"status":"x","message"'));
    expect(made.state).toBe('quarantined');
    expect(made.key).toMatch(/^recovered:[0-9a-f]{40}:1:f{16}$/);
    expect(made.provenance.reason).toBe('duplicate key');
    expect(made.bodyType).toBe('text');
    expect(made.body).toContain('"status":"x"');
  });

  test('an id that is no label is hashed', () => {
    expect(candidate({ queue_id: 'has spaces / and slashes' }).key).toMatch(/^recovered:sha256:[0-9a-f]{40}$/);
  });

  test('a superseded entry is refused', () => {
    const one = (at: string) =>
      JSON.stringify({
        message: at,
        queue_id: 'x',
        priority_score: 1,
        status: 'PENDING',
        created_at: at,
        updated_at: at,
      });
    const [older] = scanQueue(Buffer.from(`[${one('2025-01-01T00:00:00')},${one('2025-01-02T00:00:00')}]`)).entries;
    expect(() => toImportCandidate(older as NonNullable<typeof older>, file)).toThrow(/superseded/); // Two were scanned.
  });

  test('a long subject is cut to what a subject may hold', () => {
    const made = candidate({ message: { subject: '日'.repeat(2000) } });
    expect(Buffer.byteLength(made.subject ?? '')).toBeLessThanOrEqual(1024);
  });
});

test.each([
  ['Agent-1', 'agent-1'],
  [' AGENT 7 ', 'agent-7'],
  ['captain_4', 'captain_4'],
  ['--x--', 'x'],
  ['日本', null],
  ['a'.repeat(80), 'a'.repeat(64)],
  [undefined, null],
])('agent %j is %j', (name, id) => {
  expect(toAgentId(name)).toBe(id);
});
