import type { PowerRecord } from './power-log.ts';

/** One call of a client as it passed the socket, with its answer; `at` are places in the log. */
export interface Exchange {
  readonly askedAt: number;
  readonly op: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Undefined: the hub did not live to answer. */
  readonly answeredAt: number | undefined;
  readonly result: unknown;
  readonly error: unknown;
}

interface Frame {
  readonly id: number;
  readonly op?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What clients asked and were told, read from the bytes of their sockets: nothing but what left the process counts. */
export function conversation(records: readonly PowerRecord[]): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const { asked, answered } of connections(records)) {
    const answers = new Map(linesOf(answered).map(({ at, frame }) => [frame.id, { at, frame }]));
    for (const { at, frame } of linesOf(asked)) {
      if (frame.op === undefined) continue;
      const answer = answers.get(frame.id);
      exchanges.push({
        askedAt: at,
        op: frame.op,
        input: frame.input ?? {},
        answeredAt: answer?.at,
        result: answer?.frame.result,
        error: answer?.frame.error,
      });
    }
  }
  return exchanges.sort((a, b) => a.askedAt - b.askedAt);
}

interface Piece {
  readonly at: number;
  readonly data: Buffer;
}

interface Connection {
  readonly asked: Piece[];
  readonly answered: Piece[];
}

/** A descriptor is used again for the next client: each connection of ours starts with an HTTP upgrade. */
function connections(records: readonly PowerRecord[]): Connection[] {
  const all: Connection[] = [];
  const open = new Map<string, Connection>();
  for (const [at, { type, thread, inode, offset, data }] of records.entries()) {
    if (type !== 'reply' && type !== 'request' && type !== 'unsent') continue;
    const key = `${thread} ${inode}`;
    if (type === 'request' && data.toString('latin1', 0, 4) === 'GET ') open.delete(key);
    let connection = open.get(key);
    if (connection === undefined) {
      connection = { asked: [], answered: [] };
      open.set(key, connection);
      all.push(connection);
    }
    if (type === 'unsent') takeBack(connection.answered, offset);
    else connection[type === 'reply' ? 'answered' : 'asked'].push({ at, data });
  }
  return all;
}

function takeBack(pieces: Piece[], bytes: number): void {
  for (let left = bytes; left > 0; ) {
    const last = pieces.pop();
    if (last === undefined) return;
    if (last.data.length > left) pieces.push({ ...last, data: last.data.subarray(0, last.data.length - left) });
    left -= last.data.length;
  }
}

/** Whole lines, each at the place where its last byte passed. */
function linesOf(pieces: readonly Piece[]): { at: number; frame: Frame }[] {
  const lines: { at: number; frame: Frame }[] = [];
  let partial: Buffer[] = [];
  for (const { at, data } of pieces) {
    let from = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
      const text = Buffer.concat([...partial, data.subarray(from, end)]).toString('utf8');
      partial = [];
      from = end + 1;
      // Anything else is the head of the upgrade.
      if (text.startsWith('{"id":')) lines.push({ at, frame: JSON.parse(text) as Frame });
    }
    partial.push(data.subarray(from));
  }
  return lines;
}
