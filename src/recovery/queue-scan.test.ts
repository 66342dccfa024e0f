import { describe, expect, test } from 'vitest';
import { type QueueScan, type RecoveredEntry, type ScanOptions, scanQueue } from './queue-scan.ts';

const time = '2025-09-09T00:56:13.516988';

function entry(id: string, fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    message: { type: 'test', content: `text of ${id}` },
    queue_id: id,
    priority_score: 0.5,
    status: 'PENDING',
    created_at: time,
    updated_at: time,
    metadata: {},
    ...fields,
  });
}

function scan(text: string | Uint8Array, options?: ScanOptions): QueueScan {
  return scanQueue(typeof text === 'string' ? Buffer.from(text) : text, options);
}

function ids(found: QueueScan, status: RecoveredEntry['status'] = 'recovered'): (string | undefined)[] {
  return [...found.entries].filter((each) => each.status === status).map((each) => each.queueId);
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => entry(id)) as [string, string, string, string]; // Four in, four out.

describe('whole files', () => {
  test('an undamaged queue is all recovered and nothing else', () => {
    const found = scan(`[${a},${b}]`);
    expect(found).toMatchObject({
      recovered: 2,
      ambiguous: 0,
      duplicates: 0,
      discardedBytes: 0,
      damaged: false,
      parseErrorCount: 0,
      encoding: 'utf-8',
    });
    expect(found.ranges).toEqual([{ offset: 0, length: a.length + b.length + 3, kind: 'recovered' }]);
    expect([...found.entries][1]).toEqual({
      offset: a.length + 2,
      length: b.length,
      status: 'recovered',
      entry: JSON.parse(b),
      source: b,
      queueId: 'b',
    });
    expect(ids(found)).toEqual(ids(found));
  });

  test('an empty list is an intact empty queue; nothing at all is not', () => {
    expect(scan('[]')).toMatchObject({ recovered: 0, damaged: false, recoveredBytes: 2 });
    expect(scan(' [\n] ')).toMatchObject({ damaged: false, discardedBytes: 0 });
    expect(scan('')).toMatchObject({ damaged: true, damage: expect.stringContaining('empty') });
    expect(scan('\ufeff').damage).toContain('empty');
    expect(scan(' \n')).toMatchObject({
      damaged: true,
      damage: expect.stringContaining('whitespace'),
      discardedBytes: 2,
    });
    expect(scan('[')).toMatchObject({ damaged: true, recovered: 0, discardedBytes: 1 });
  });

  test('wrappers are unwrapped and their own keys are structure', () => {
    for (const text of [
      `{"entries":[${a},${b}]}`,
      `{"version":2, "pending_pushes": [${a}, ${b}], "count": 2}`,
      `{"entries":[${a}],"pending_pushes":[${b}]}`,
    ]) {
      expect(scan(text)).toMatchObject({ recovered: 2, damaged: false, discardedBytes: 0 });
    }
    expect(scan(`{"entries":[${a},${b.slice(0, 30)}`)).toMatchObject({ recovered: 1, ambiguous: 0, damaged: true });
    expect(scan(`{"entries":[${a.slice(0, 30)},${b}]}`)).toMatchObject({ recovered: 1, ambiguous: 0 });
  });

  test('an unknown wrapper hides nothing and proves nothing', () => {
    const found = scan(`{"queue":[${a}]}`);
    expect([found.recovered, found.ambiguous]).toEqual([0, 1]);
  });

  test.each([
    ['two lists', `[${a}][${b}]`],
    ['one a line', `${a}\n${b}\n`],
    ['a missing comma', `[${a} ${b}]`],
    ['extra commas', `[,${a},,${b},]`],
    ['no end', `[${a},${b}`],
    ['no beginning', `${a},${b}]`],
    ['a log line', `[${a},\n2025-09-09 00:56:13,516 - ERROR - save failed\n${b}]`],
    ['merge markers', `[\n<<<<<<< HEAD\n${a},\n=======\n${b}\n>>>>>>> 1a2b3c4\n]`],
    ['a tail of NUL', `[${a},${b}]\0\0\0\0`],
    ['leftover of a longer file', `[${a},${b}]xt of z"},"queue_id":"z","metadata":{}}]`],
    ['leftover that ends an entry', `[${a},${b}],"status":"PENDING","metadata":{}}]`],
    ['leftover in a literal', `[${a},${b}]lse}}]`],
    ['a leftover that begins with a whole text', `[${a},${b}]"x","y"]},"queue_id":"z","metadata":{}}]`],
    ['indented entries whose comma is lost', `[\n  ${a}\n  ${b}\n]`],
    ['a number in the list', `[${a},7,${b}]`],
  ])('%s leaves every entry recovered', (_, text) => {
    const found = scan(text);
    expect(ids(found)).toEqual(['a', 'b']);
    expect(found).toMatchObject({ ambiguous: 0, damaged: true });
  });
});

describe('after damage', () => {
  test('damaged entries whose closers and fields add up prove where they ended, if nothing else is lost', () => {
    const [torn, tornToo] = [b, d].map((text) => text.replace('"type":"test"', '"type":"te"st"'));
    expect(ids(scan(`[${a},${torn},${c},${tornToo},${a.replace('"a"', '"e"')}]`))).toEqual(['a', 'c', 'e']);
    expect(ids(scan(`[${a},${torn},${c},${d.slice(0, 40)}`))).toEqual(['a']);
  });

  test('otherwise only the end of the file proves it', () => {
    const headless = '{"message":{"x":1,';
    expect(ids(scan(`[${a},${headless}${c},${d}]`))).toEqual(['a', 'c', 'd']);
    const cut = scan(`[${a},${headless}${c},${d.slice(0, 40)}`);
    expect(ids(cut)).toEqual(['a']);
    expect([...cut.entries].at(-1)).toMatchObject({ status: 'ambiguous', reason: expect.stringContaining('part of') });
  });

  test('an entry at the column of entries begins a new one', () => {
    const pretty = (text: string) => `  ${JSON.stringify(JSON.parse(text), null, 2).replaceAll('\n', '\n  ')}`;
    const text = `[\n${pretty(a)},\n${pretty(b).slice(0, 50)}\n${pretty(c)},\n${pretty(d).slice(0, 50)}`;
    expect(ids(scan(text))).toEqual(['a', 'c']);
    expect(ids(scan(`${a}\n${b.slice(0, 40)}\n${c}\n${d.slice(0, 30)}\n`))).toEqual(['a', 'c']);
  });

  test.each([
    '{"a":1',
    '{"a" 1}',
    '{"a":}',
    '{"a":1 2}',
    '{"a":[1}',
    '{:1}',
    '{,}',
    '{"a":,}',
    '{"a":01}',
    '{"a":"\\x"}',
    '{"a":"\u0001"}',
    '[-]',
    '{"a":1,}',
  ])('broken JSON %j costs no neighbour', (broken) => {
    const found = scan(`[${a},${broken},${b}]`);
    expect([...found.entries].map(({ queueId }) => queueId)).toEqual(['a', 'b']);
    expect(found.parseErrorCount).toBeGreaterThan(0);
  });

  test('an entry broken inside is lost, its borders are not', () => {
    for (const [from, to] of [
      ['"type":"test",', '"type":"test",,'],
      ['"type":"test",', '"type":"test" '],
      ['"metadata":{}', '"metadata":[1 2]'],
      ['"metadata":{}', '"metadata":{},'],
      ['"type":"test"', '"type":"te\\qst"'],
      ['"type"', '"ty\\qpe"'],
    ] as const) {
      expect(ids(scan(`[${a},${b.replace(from, to)},${c},${d.slice(0, 30)}`))).toEqual(['a', 'c']);
    }
  });
});

describe('what an entry says', () => {
  test.each([
    ['duplicate key', b.replace('{"message"', '{"status":"x","message"')],
    ['key __proto__', b.replace('"metadata"', '"__proto__":{},"metadata"')],
    ['nested deeper', b.replace('{"type"', `{"deep":${'['.repeat(10_000)}${']'.repeat(10_000)},"type"`)],
    ['field status is missing', b.replace('"status":"PENDING",', '')],
    ['queue_id is not an id', b.replace('"queue_id":"b"', '"queue_id":null')],
    ['queue_id is not an id', b.replace('"queue_id":"b"', '"queue_id":""')],
    ['status is not a text', entry('b', { status: 1 })],
    ['priority_score', entry('b', { priority_score: [] })],
    ['updated_at', entry('b', { updated_at: {} })],
    ['number out of range', b.replace('0.5', '1e999')],
    ['larger than 262144 bytes', entry('b', { message: 'é'.repeat(140_000) })],
  ])('%s makes it ambiguous, with its bytes kept', (reason, text) => {
    const found = scan(`[${a},${text},${c}]`);
    expect([...found.entries][1]).toMatchObject({
      status: 'ambiguous',
      reason: expect.stringContaining(reason),
      source: text,
    });
    expect(ids(found)).toEqual(['a', 'c']);
    expect(found.ambiguousBytes).toBeGreaterThanOrEqual(Buffer.byteLength(text));
  });

  test('the size limit can be moved', () => {
    expect(scan(`[${entry('x', { message: 'y'.repeat(400_000) })}]`, { maxEntryBytes: 500_000 }).recovered).toBe(1);
    expect(scan(`[${a}]`, { maxEntryBytes: 10 }).ambiguous).toBe(1);
  });

  test('Python literals and NaN are undone outside strings only', () => {
    const python = b.replace(
      '{"type"',
      '{"none":None,"all":[True,False,NaN,Infinity,-Infinity],"s":"None \\" True","type"',
    );
    const found = scan(`[${python}]`);
    const [only] = found.entries;
    expect(only).toMatchObject({ status: 'recovered', source: python });
    expect(only?.entry).toMatchObject({
      message: { none: null, all: [true, false, null, null, null], s: 'None " True' },
    });
    expect(found.damaged).toBe(true);
  });

  test('ids beyond 2^53 stay apart', () => {
    const big = (id: string) => b.replace('"b"', id);
    expect(ids(scan(`[${big('9007199254740993')},${big('9007199254740992')}]`))).toEqual([
      '9007199254740993',
      '9007199254740992',
    ]);
  });

  test('lone surrogates and mojibake are kept', () => {
    expect(scan(`[${b.replace('text of', '\\ud83d')}]`).recovered).toBe(1);
    expect(scan(`[${b.replace('text of', 'Ã¼ √©')}]`).recovered).toBe(1);
  });

  test('bytes that are no text are kept and not delivered', () => {
    const bytes = Buffer.from(`[${a},${b}]`);
    bytes[bytes.indexOf('text of b')] = 0xff;
    const found = scan(bytes);
    expect([found.recovered, found.ambiguous, found.discardedBytes]).toEqual([1, 1, 0]);
  });
});

describe('encodings', () => {
  const text = `[${a},${entry('ü', { message: 'emoji 🐝 日本' })}]`;
  const le = Buffer.from(text, 'utf16le');

  test.each([
    ['utf-16le', Buffer.concat([Buffer.from([0xff, 0xfe]), le])],
    ['utf-16be', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(le).swap16()])],
    ['utf-16le', le],
    ['utf-16be', Buffer.from(le).swap16()],
    ['utf-8', Buffer.from(`\ufeff${text}`)],
  ])('%s is read with positions in the file', (encoding, bytes) => {
    const found = scan(bytes);
    expect(found).toMatchObject({
      encoding,
      recovered: 2,
      discardedBytes: 0,
      recoveredBytes: bytes.length,
      damaged: false,
    });
    const [first] = found.entries;
    expect(first).toMatchObject({ source: a, length: encoding === 'utf-8' ? a.length : a.length * 2 });
  });

  test('half a character at the end is discarded', () => {
    expect(scan(Buffer.concat([le, Buffer.from([0x5d])]))).toMatchObject({
      recovered: 2,
      discardedBytes: 1,
      damaged: true,
    });
  });
});

describe('the same id twice', () => {
  const newer = entry('a', { updated_at: '2025-09-09T00:56:13.516989', status: 'DELIVERED' });

  test('the same bytes count once', () => {
    expect(scan(`[${a},${b},${a}]`)).toMatchObject({ recovered: 2, duplicates: 1, ambiguous: 0, discardedBytes: 0 });
  });

  test.each([`[${a},${newer}]`, `[${newer},${a}]`])('the newer updated_at wins: %#', (text) => {
    const found = scan(text);
    expect(found).toMatchObject({ recovered: 1, duplicates: 1, discardedBytes: 0 });
    const entries = [...found.entries];
    expect(entries.find(({ source }) => source === a)?.supersededBy).toBe(text.indexOf(newer));
    expect(entries.find(({ source }) => source === newer)).not.toHaveProperty('supersededBy');
  });

  test('a chain of versions names the final one', () => {
    const last = entry('a', { updated_at: '2025-10-01T00:00:00' });
    const text = `[${a},${newer},${last}]`;
    expect([...scan(text).entries].map(({ supersededBy }) => supersededBy)).toEqual([
      text.indexOf(last),
      text.indexOf(last),
      undefined,
    ]);
  });

  test('a tie with other content is a conflict', () => {
    const other = entry('a', { status: 'FAILED' });
    const found = scan(`[${a},${other}]`);
    expect([found.recovered, found.ambiguous, found.duplicates]).toEqual([1, 1, 0]);
    expect([...found.entries][1]?.reason).toContain('same updated_at');
  });

  test('a readable time beats an unreadable one', () => {
    const unreadable = entry('a', { updated_at: 'yesterday', status: 'x' });
    for (const text of [`[${unreadable},${a}]`, `[${a},${unreadable}]`]) {
      expect([...scan(text).entries].find(({ supersededBy }) => supersededBy !== undefined)?.source).toBe(unreadable);
    }
    expect(scan(`[${entry('a', { updated_at: 5 })},${entry('a', { updated_at: 6 })}]`).duplicates).toBe(1);
  });
});

test('nesting deeper than any frame is given up, the entry before it is kept', () => {
  const found = scan(`[${a},{"x":${'['.repeat(1_100_000)},${b}]`);
  expect(ids(found)).toContain('a');
});

test('a file of many entries is numbered right', () => {
  const many = Array.from({ length: 2000 }, (_, at) => entry(`e${at}`));
  const found = scan(`[${many.join(',')}]`);
  expect(ids(found)).toEqual(many.map((_, at) => `e${at}`));
});

test('progress is told in bytes of the file', () => {
  const told: number[] = [];
  scan(`[${a},${b}]`, { onProgress: (bytes, total) => told.push(bytes, total) });
  expect(told).toEqual([a.length + 1, a.length + b.length + 3]);
});
