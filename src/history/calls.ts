import { invalidInput } from '../errors.ts';
import type { SentTrack } from './message-track.ts';
import { type Moment, unknownMoment } from './moment.ts';
import type { HistoryRecord } from './record.ts';

/** A call that has begun. */
export interface OpenCall {
  readonly record: HistoryRecord;
  readonly invoked: Moment;
  /** Answered: `ok` or `fail`. One that ends in `info`, or never, stays open for ever. */
  isEnded: boolean;
  /** The send it belongs to, when it is one. */
  sent?: SentTrack;
}

interface Client {
  readonly open: Map<number, OpenCall>;
  /** A call of several answers ends when the client writes of another. */
  ending: number | undefined;
}

/** Finds the invoke of each end. Holds only calls that are open. */
export class Calls {
  readonly #clients = new Map<string, Client>();

  begin(record: HistoryRecord, moment: Moment): OpenCall {
    const call: OpenCall = { record, invoked: moment, isEnded: false };
    if (record.call === undefined) return call;
    const client = this.#client(record);
    if (client.open.has(record.call)) {
      throw invalidInput('call', record.call, `record ${moment.line}: ${record.proc} has begun this call already`);
    }
    this.#forgetEnded(client, record.call);
    client.open.set(record.call, call);
    return call;
  }

  /** The call this record ends; one that nobody saw begin may have begun at any time. */
  end(record: HistoryRecord, moment: Moment): OpenCall {
    if (record.call === undefined)
      return { record, invoked: isObserved(record) ? moment : unknownMoment, isEnded: false };
    const client = this.#client(record);
    this.#forgetEnded(client, record.call);
    const call = client.open.get(record.call);
    if (call === undefined || call.record.op !== record.op) {
      const problem = `record ${moment.line}: ${record.proc} ends a ${record.op} that it never began; a file or a line is missing`;
      throw invalidInput('call', record.call, problem);
    }
    client.ending = record.call;
    return call;
  }

  #forgetEnded(client: Client, next: number): void {
    if (client.ending === undefined || client.ending === next) return;
    client.open.delete(client.ending);
    client.ending = undefined;
  }

  #client({ proc, incarnation }: HistoryRecord): Client {
    const name = `${incarnation} ${proc}`;
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const client: Client = { open: new Map(), ending: undefined };
    this.#clients.set(name, client);
    return client;
  }
}

/** What the recorder saw rather than asked for takes no time. */
function isObserved({ op }: HistoryRecord): boolean {
  return op === 'fault' || op === 'final' || op === 'stats';
}
