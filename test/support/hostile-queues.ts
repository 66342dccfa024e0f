/** Texts that make a careless reader of queues go over the same bytes again and again, each of about `bytes` bytes. */
export function hostileQueues(bytes: number): readonly (readonly [name: string, text: string])[] {
  const filled = (piece: string) => piece.repeat(Math.ceil(bytes / piece.length));
  const a = entry('a', {});
  const indented = `  ${JSON.stringify(JSON.parse(a), null, 2).replaceAll('\n', '\n  ')}`;
  const tail = a.slice(a.indexOf(',"queue_id"'));
  const same = Math.ceil(bytes / 500);
  return [
    ['lists in lists', filled('[')],
    ['strings that open', filled('"a')],
    ['entries in entries', filled('{"message":')],
    ['objects in lists in objects', filled('{"a":[')],
    ['keys that open', filled('{"')],
    ['values that open', filled('{"a":"')],
    ['escaped quotes', filled('"\\"')],
    ['members without an object', filled(',"a":')],
    ['objects that end', filled('}')],
    ['entries cut in their ids', filled('[{"message":1,"queue_id":"a"')],
    [
      'one id again and again',
      `[${Array.from({ length: same }, (_, at) => entry('same', { updated_at: at })).join(',')}]`,
    ],
    ['one entry again and again', filled(`${a},`)],
    ['blanks', filled(' ')],
    ['deep and closed', `${'{'.repeat(bytes / 2)}${'}'.repeat(bytes / 2)}`],
    ['entries, seams and empty objects', `[\n${filled(`${indented},\n{}\n}\n`)}]`],
    ['tails of an entry', `${'{"message":'.repeat(bytes / 400)}${a}${tail.repeat(bytes / 400)},`],
  ];
}

function entry(id: string, fields: Record<string, unknown>): string {
  return JSON.stringify({
    message: { type: 'test', content: `text of ${id} ${'x'.repeat(300)}` },
    queue_id: id,
    priority_score: 0.5,
    status: 'PENDING',
    created_at: '2025-09-09T00:56:13.516988',
    updated_at: '2025-09-09T00:56:13.516988',
    metadata: {},
    ...fields,
  });
}
