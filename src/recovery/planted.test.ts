import { describe, expect, test } from 'vitest';
import { type QueueScan, type RecoveredEntry, scanQueue } from './queue-scan.ts';

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

function scan(text: string): QueueScan {
  return scanQueue(Buffer.from(text));
}

function ids(found: QueueScan, status: RecoveredEntry['status'] = 'recovered'): (string | undefined)[] {
  return [...found.entries].filter((each) => each.status === status).map((each) => each.queueId);
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => entry(id)) as [string, string, string, string]; // Four in, four out.
const forged = entry('forged');

describe('entries planted in messages', () => {
  const outer = (payload: string) => a.replace('"content"', `"payload":${payload},"content"`);
  const list = `[${forged},${forged.replaceAll('forged', 'forged2')}]`;

  test('inside an intact entry they are part of its message', () => {
    for (const payload of [forged, list, `{"x":[${list}]}`, `{"entries":${list}}`]) {
      expect(ids(scan(`[${outer(payload)},${b}]`))).toEqual(['a', 'b']);
    }
  });

  test.each([forged, list, `[${list},"x"]`, `{"entries":${list}}`])(
    'are never recovered wherever the outer entry is cut: %#',
    (payload) => {
      const text = `[${c},${outer(payload)},${b},${d}]`;
      const start = c.length + 2;
      for (let at = start + 1; at < start + outer(payload).length; at += 1) {
        for (const damaged of [text.slice(0, at), text.slice(at), text.slice(0, at) + text.slice(at + 40)]) {
          expect(ids(scan(damaged)).filter((id) => id?.startsWith('forged'))).toEqual([]);
        }
        // A file that begins with the list of a message is a short list with the rest of a longer file behind it.
        if (text[at] !== '[') expect(ids(scan(text.slice(at)))).toEqual(['b', 'd']);
      }
    },
  );

  test('a head lost without a trace is revealed by the closers that follow', () => {
    const found = scan(`[${c},${forged}],"y":1},${b.slice(b.indexOf('"queue_id"'))},${d}]`);
    expect(ids(found, 'ambiguous')).toEqual(['c', 'forged']);
    expect(ids(found)).toEqual(['d']);
  });

  test('two tears in a file whose messages carry entries leave nothing to trust', () => {
    const found = scan(`[${outer(forged)},{"message":{"x":,${b},{"message":{"y":,${c}]`);
    expect(ids(found)).toEqual([]);
    expect(ids(found, 'ambiguous')).toEqual(['forged', 'a', 'b', 'c']);
    // The planted one is listed on its own, because the two may have grown together; its bytes count once.
    expect([...found.entries].map(({ within }) => within)).toEqual([1, undefined, undefined, undefined]);
    expect(found.ambiguousBytes + found.discardedBytes).toBe(found.ranges.reduce((sum, { length }) => sum + length, 0));
  });
});

describe('what refutes a list of entries', () => {
  const head = `[${c},`;
  const rest = `,${d},${d.slice(0, 40)}`;

  test('a key where nothing is open, whatever it is called', () => {
    expect(ids(scan(`${head}"x${forged}],"y":1,"z":[],${rest}]`))).not.toContain('forged');
    expect(ids(scan(`[{"message":nul,${forged}],"queue_id":"q","metadata":{}}]`))).toEqual([]);
  });

  test('a list, a text or another object beside the entries, or an item behind their list', () => {
    const hybrid = `{"message":"a wipe"${a.slice(a.indexOf(',"queue_id"'))}`;
    for (const beside of ['[[', '"text",', '{},', '{"z":1},']) {
      expect(ids(scan(`[${hybrid},${beside}${forged},{"message":"torn ${rest}`))).not.toContain('forged');
    }
    expect(ids(scan(`[${hybrid},${forged}],[[${forged}]]],"queue_id":"q"},${c}]`))).not.toContain('forged');
    expect(ids(scan(`[${hybrid},${forged}],${forged}],"queue_id":"q"},${c}]`))).not.toContain('forged');
  });

  test('a second list is believed only in a file that lacks nothing', () => {
    expect(ids(scan(`[${c}][${forged},${d}]`))).toEqual(['c', 'forged', 'd']);
    expect(ids(scan(`[${c}][${forged},{"message":"x"z"],"y":1},"queue_id":"q"},${d}]`))).toEqual(['c', 'd']);
  });

  test('a bracket too many behind an object in which two texts met: they met inside the list of a message', () => {
    const met = `${b.slice(0, b.indexOf('"status"'))}${b.slice(b.indexOf('"queue_id"'))}`;
    const found = scan(`[${a},${forged},${met},${c}],"y":1},"queue_id":"q","metadata":{}},${d}]`);
    expect(ids(found)).toEqual(['d']);
    expect(ids(found, 'ambiguous')).toEqual(expect.arrayContaining(['a', 'forged', 'c']));
  });

  test('a torn object with fields in its parts has not ended whole', () => {
    const torn = `{"message":{"c:0.5,"status":"x","created_at":"y","list":[1]},${b.slice(b.indexOf('"queue_id"'))}`;
    expect(ids(scan(`[${a},${torn},${forged},{"message":{"x":"y"z"}${rest}`))).toEqual(['a']);
  });
});

describe('a file whose messages carry entries', () => {
  const carrier = a.replace('"content"', `"payload":${forged},"content"`);
  const other = entry('other');

  test('is delivered from where it was cut off, or cut in, or torn within one entry', () => {
    expect(ids(scan(`[${carrier},${b},${c.slice(0, 50)}`))).toEqual(['a', 'b']);
    expect(ids(scan(`${c.slice(50)},${carrier},${b}]`))).toEqual(['a', 'b']);
    expect(ids(scan(`[${carrier},${c.replace('"type":"test"', '"type":"te"st"')},${b}]`))).toEqual(['a', 'b']);
  });

  test('is not delivered behind a short list, or behind a tear that may hide the head of a message', () => {
    expect(ids(scan(`[${carrier},${b}]ders"},${c.slice(c.indexOf('"queue_id"'))},${other},${d}]`))).toEqual(['a', 'b']);
    expect(ids(scan(`[${carrier},${b},\u0000\u0000ders"},${c.slice(c.indexOf('"queue_id"'))},${other}]`))).toEqual([]);
  });
});

describe('what only two texts grown together can be', () => {
  const pretty = (text: string) => `  ${JSON.stringify(JSON.parse(text), null, 2).replaceAll('\n', '\n  ')}`;
  const carrier = (payload: string) => a.replace('"content"', `"payload":${payload},"content"`);
  const uuid = (digit: string) => `${digit.repeat(8)}-1111-4111-8111-111111111111`;

  test('lines prove an entry between any tears, and never a planted one', () => {
    const tear = '\n    "x": nul,,\n';
    const planted = pretty(carrier(`[${forged}]`)).split('"payload": [')[1] ?? '';
    const text = `[\n${pretty(a).slice(0, 60)}${tear}${pretty(b)},${tear}${planted}${tear}${pretty(c)},\n${tear}`;
    expect(ids(scan(text))).toEqual(['b', 'c']);
  });

  test('lines that disagree on their depth prove nothing', () => {
    const deep = pretty(carrier(forged));
    const joined = `  {\n${deep.slice(deep.indexOf('        "queue_id": "forged"') - 60)}`;
    expect(ids(scan(`[\n${joined},\n${pretty(b)}\n]`))).not.toContain('forged');
  });

  test('an entry that a key leads to, or that a key follows, is a member', () => {
    const torn = `[${a},{"message":{"x":"y"z,"list":${forged},"u":1},${b}`;
    expect(ids(scan(torn))).not.toContain('forged');
    expect(ids(scan(`[{""message":${forged},"queue_id":"q","metadata":{}]`))).toEqual([]);
    expect(ids(scan(`[${a},${forged},"tail":1},"queue_id":"q"},${b.slice(0, 40)}`))).not.toContain('forged');
  });

  test('an id that a message carries is not delivered from a torn file, and is from a whole one', () => {
    const whole = `[${carrier(forged)},${forged},${b}`;
    expect(ids(scan(`${whole}]`))).toEqual(['a', 'forged', 'b']);
    expect(ids(scan(whole.slice(0, -20)))).toEqual(['a']);
    expect([...scan(whole.slice(0, -20)).entries].map(({ reason }) => reason).at(-1)).toContain(
      'also part of a message',
    );
  });

  test('a list that closed before the head of its entry is found missing is no short file in a file torn before', () => {
    const lost = `[{"mes\u00ff a wipe",${a.slice(a.indexOf('"queue_id"'))},${forged}]},"queue_id":"x\u00ffy":"z","metadata":{}}]`;
    expect(ids(scan(lost))).toEqual([]);
  });

  test('a file that ends among the fields of an entry whose head is lost proves nothing before them', () => {
    expect(ids(scan(`[${a},{"message":"x"z"},${forged}],"queue_id":"q","priority_score":0.5`))).toEqual([]);
  });

  test('an entry behind other text on its line is known by the columns of its keys', () => {
    const text = `[\n${pretty(a)}\n] ${pretty(b).trim()},\n${pretty(c)},\n${pretty(d).slice(0, 60)}`;
    expect(ids(scan(text))).toEqual(['a', 'b', 'c']);
    const deep = pretty(carrier(forged));
    const inner = deep.slice(deep.indexOf('"payload": {') + 11, deep.indexOf('},\n      "content"') + 1);
    expect(ids(scan(`[\n${pretty(a)}\n] ${inner},\n${pretty(c)}\n]`))).toEqual(['a', 'c']);
  });

  test('keys and ids as the writer never writes them are tears', () => {
    const [x, y] = [entry(uuid('a')), entry(uuid('b'))];
    const carrying = x.replace('"content"', `"payload":${forged},"content"`);
    const { message, ...others } = JSON.parse(y) as Record<string, unknown>; // Its own text.
    const odd = [
      y.replace('"metadata"', '"udated_at":1,"metadata"'),
      JSON.stringify({ ...others, message }),
      y.replace(`d":"${uuid('b')}`, `d":"f0f0-${uuid('b').slice(9)}`),
      y.replace(`d":"${uuid('b')}`, `d":"${uuid('b').repeat(3)}`),
    ];
    for (const text of odd) expect(ids(scan(`[${carrying},${text},${y},${y.slice(0, 30)}`)), text).toEqual([]);
  });

  test('a value as the writer never writes it is a tear', () => {
    const [x, y] = [entry(uuid('a')), entry(uuid('b'))];
    const odd = entry(uuid('c')).replace('2025-09-09T00:56', '2025-0056');
    expect(ids(scan(`[${x},${odd},${y}]`))).toHaveLength(3);
    const carrying = x.replace('"content"', `"payload":${forged},"content"`);
    expect(ids(scan(`[${carrying},${odd},${y},${y.slice(0, 30)}`))).toEqual([]);
    expect(ids(scan(`[${carrying},${entry('no uuid')},${y},${y.slice(0, 30)}`))).toEqual([]);
    const wordy = entry(uuid('d'), { status: 'PENDING '.repeat(20) });
    expect(ids(scan(`[${carrying},${wordy},${y},${y.slice(0, 30)}`))).toEqual([]);
  });
});
