import { MessageTrack, type SentTrack } from './message-track.ts';
import { isBefore, type Moment } from './moment.ts';
import type { HistoryRecord } from './record.ts';

/** For how long after its message's end a key still names that message (G3). */
const keyMemoryMs = 7 * 24 * 60 * 60 * 1000;

/** All sends and messages of a history, and which belongs to which. Memory grows with messages, not with records. */
export class Ledger {
  readonly messages = new Map<string, MessageTrack>();
  readonly sends: SentTrack[] = [];
  /** Latest call that cancels, redrives or purges by inbox; the empty name stands for all inboxes. */
  readonly cancelled = new Map<string, Moment>();
  readonly redriven = new Map<string, Moment>();
  readonly purged = new Map<string, Moment>();
  readonly #byKey = new Map<string, SentTrack[]>();

  message(id: string, moment: Moment): MessageTrack {
    const known = this.messages.get(id);
    if (known !== undefined) return known;
    const message = new MessageTrack(id, moment);
    this.messages.set(id, message);
    return message;
  }

  /** The send an invoked record belongs to: the earlier one of its key, or a new one. */
  send(record: HistoryRecord, moment: Moment): SentTrack {
    const { key } = record;
    const sender = record.authenticated ?? record.from;
    const ofKey = key === undefined ? [] : (this.#byKey.get(key) ?? []);
    const known = ofKey.find((sent) => sent.sender === sender && !isForgotten(sent, moment));
    if (known !== undefined) {
      if (record.hash !== undefined) known.hashes.add(record.hash);
      return known;
    }
    const sent = newSend(record, sender, moment);
    this.sends.push(sent);
    if (key !== undefined) this.#byKey.set(key, [sent, ...ofKey]);
    return sent;
  }

  /** The send a delivered message claims to come from by its key. */
  sentAs(record: HistoryRecord): SentTrack | undefined {
    if (record.key === undefined) return undefined;
    const ofKey = this.#byKey.get(record.key) ?? [];
    if (ofKey.length <= 1) return ofKey[0];
    const claimed = record.from;
    return (
      ofKey.find((sent) => sent.sender === claimed) ??
      ofKey.find((sent) => record.hash !== undefined && sent.hashes.has(record.hash)) ??
      ofKey[0]
    );
  }

  /** The latest call that may have acted on this message through its inbox. */
  throughInbox(calls: ReadonlyMap<string, Moment>, message: MessageTrack): Moment | undefined {
    const all = calls.get('');
    const own = message.inbox === undefined ? undefined : calls.get(message.inbox);
    if (all === undefined || own === undefined) return all ?? own;
    return isBefore(all, own) ? own : all;
  }
}

function newSend(record: HistoryRecord, sender: string | undefined, moment: Moment): SentTrack {
  // An import that is not ready comes, if ever, when an operator lets it.
  const isWithheld = record.state !== undefined && record.state !== 'ready';
  return {
    key: record.key,
    sender,
    authenticated: record.authenticated,
    inbox: record.inbox,
    priority: record.priority,
    orderingKey: record.ordering_key,
    maxAttempts: record.max_attempts,
    isDelayed: (record.delay_ms ?? 0) > 0 || isWithheld,
    delayMs: isWithheld ? undefined : (record.delay_ms ?? 0),
    expires: record.ttl_ms !== undefined,
    invoked: moment,
    hashes: new Set(record.hash === undefined ? [] : [record.hash]),
    hash: undefined,
    unanswered: 0,
    refused: undefined,
    ok: undefined,
    okCall: undefined,
    ids: [],
    ended: 0,
    endedAt: Number.POSITIVE_INFINITY,
  };
}

function isForgotten(sent: SentTrack, now: Moment): boolean {
  return sent.ended > 0 && sent.ended >= sent.ids.length && now.t - sent.endedAt >= keyMemoryMs;
}
