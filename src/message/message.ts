import type { MessageId } from '../ids.ts';

/**
 * The life of a message. A state not listed as a source is terminal; nothing leaves `acked`, `expired` or `cancelled`,
 * and `dead` only by an operator's redrive. `quarantined` holds recovered entries nobody may receive (guarantee G12) until
 * an operator has looked at them and releases them.
 */
export const transitions = {
  scheduled: ['ready', 'expired', 'cancelled'],
  ready: ['leased', 'expired', 'cancelled'],
  leased: ['acked', 'scheduled', 'ready', 'dead', 'expired', 'cancelled'],
  dead: ['ready'],
  acked: [],
  expired: [],
  cancelled: [],
  quarantined: ['ready', 'cancelled'],
} as const satisfies Record<string, readonly string[]>;

export type MessageState = keyof typeof transitions;

export const messageStates = Object.keys(transitions) as MessageState[]; // keys of the literal above

/** States that still hold a place in their inbox and count against its limits. */
export const openStates = ['scheduled', 'ready', 'leased'] as const satisfies readonly MessageState[];

export function isOpen(state: MessageState): boolean {
  return state === 'scheduled' || state === 'ready' || state === 'leased';
}

export function mayBecome(from: MessageState, to: MessageState): boolean {
  return (transitions[from] as readonly MessageState[]).includes(to); // widened: the tuples are narrower than the query
}

/** Most urgent first; the index is what the store sorts by. */
export const priorities = ['urgent', 'high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

export type BodyType = 'text' | 'json';

/** Where a recovered message came from. Its presence means: never a control message, content not verified. */
export type Provenance = Readonly<Record<string, unknown>>;

/** A stored message as every reader sees it. Instants are milliseconds since the Unix epoch. */
export interface Message {
  readonly id: MessageId;
  readonly state: MessageState;
  readonly inbox: string;
  /** Position in its inbox, from 1 without holes: a consumer can prove it has seen everything. */
  readonly inboxSeq: number;
  readonly from: string;
  /** Who really presented the message when that is not `from` (the operator, the recovery). */
  readonly via?: string;
  readonly subject?: string;
  /** A text body as sent; a JSON body as its source text, byte for byte. */
  readonly body: string;
  readonly bodyType: BodyType;
  readonly kind: string;
  readonly priority: Priority;
  readonly threadId: string;
  readonly replyTo?: MessageId;
  readonly orderingKey?: string;
  readonly idempotencyKey?: string;
  /** Deliveries so far; counted when leased, so a handler that kills its process counts. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly createdAt: number;
  readonly readyAt: number;
  readonly expiresAt?: number;
  readonly ackByAt?: number;
  /** Generation of the latest lease; 0 before the first. */
  readonly gen: number;
  readonly leasedAt?: number;
  readonly leaseExpiresAt?: number;
  /** When it reached a terminal state. */
  readonly settledAt?: number;
  readonly provenance?: Provenance;
}

/** A message in the hands of a consumer: the only kind that can be acked, nacked or extended. */
export type LeasedMessage = Message & {
  readonly state: 'leased';
  readonly leasedAt: number;
  readonly leaseExpiresAt: number;
};

/** What a settle must present: the message and the generation it was leased under. */
export interface LeaseRef {
  readonly id: string;
  readonly gen: number;
}
