import { isBefore, type Moment } from './moment.ts';

/** One delivery, as the consumer was told of it. */
export interface LeaseTrack {
  readonly gen: number;
  readonly invoked: Moment;
  readonly ok: Moment;
  /** Earliest instant at which it can run out, or undefined when nobody said. */
  until: number | undefined;
  /** The earliest call that may have given it back, whether its answer is known or not. */
  releaseAsked: Moment | undefined;
  /** The settle that succeeded. */
  settled: Moment | undefined;
}

/** An end that somebody was told of. */
export interface Ending {
  readonly state: 'acked' | 'dead' | 'cancelled' | 'purged';
  readonly gen: number | undefined;
  readonly invoked: Moment;
  readonly ok: Moment;
}

/** A send: one key of one sender, or one call where there is no key. */
export interface SentTrack {
  readonly key: string | undefined;
  readonly sender: string | undefined;
  readonly authenticated: string | undefined;
  /** Undefined when it went to several. */
  readonly inbox: string | undefined;
  readonly priority: string | undefined;
  readonly orderingKey: string | undefined;
  readonly maxAttempts: number | undefined;
  /** It may come out of order, or end by itself. */
  readonly isDelayed: boolean;
  /** Until it can be delivered; undefined when nobody can say. */
  readonly delayMs: number | undefined;
  readonly expires: boolean;
  readonly invoked: Moment;
  /** Body hashes handed in under this key; more than one only when a caller changed its mind. */
  readonly hashes: Set<string>;
  /** The hash that was accepted, once known. */
  hash: string | undefined;
  /** Calls without an answer so far, or for ever. */
  unanswered: number;
  refused: Moment | undefined;
  ok: Moment | undefined;
  /** The call whose answer came first: it may name one id for each inbox. */
  okCall: object | undefined;
  readonly ids: string[];
  /** How many of its messages were seen to end, and when the latest did. */
  ended: number;
  endedAt: number;
}

/** Everything the history says about one message. */
export class MessageTrack {
  readonly id: string;
  inbox: string | undefined;
  seq: number | undefined;
  priority: string | undefined;
  maxAttempts: number | undefined;
  sent: SentTrack | undefined;
  /** First sign of its existence, and the answer to its send. */
  readonly first: Moment;
  accepted: Moment | undefined;
  deliveredHash: string | undefined;
  /** Latest leases by generation, oldest first; older ones than `keptLeases` are forgotten. */
  readonly leases: LeaseTrack[] = [];
  deliveries = 0;
  ending: Ending | undefined;
  /** Settles whose outcome is not known (yet): it may have ended by one of them. */
  openAcks = 0;
  openCancels = 0;
  openPurges = 0;
  redriveAsked: Moment | undefined;
  finalState: string | undefined;
  finalMoment: Moment | undefined;

  constructor(id: string, first: Moment) {
    this.id = id;
    this.first = first;
  }

  lease(gen: number): LeaseTrack | undefined {
    return this.leases.find((lease) => lease.gen === gen);
  }

  get newestLease(): LeaseTrack | undefined {
    return this.leases.at(-1);
  }

  /** Keeps them sorted: an answer may come late. */
  addLease(lease: LeaseTrack): void {
    this.deliveries += 1;
    const after = this.leases.findIndex((other) => other.gen > lease.gen);
    if (after === -1) this.leases.push(lease);
    else this.leases.splice(after, 0, lease);
    if (this.leases.length > keptLeases) this.leases.shift();
  }

  /** A lease of a later generation that was certainly handed out before the call began. */
  leasedAgainBefore(gen: number, invoked: Moment): LeaseTrack | undefined {
    return this.leases.find((lease) => lease.gen > gen && isBefore(lease.ok, invoked));
  }
}

/** Enough to see every pair that can overlap: leases follow each other. */
const keptLeases = 8;
