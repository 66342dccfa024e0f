/** Limits of guarantee G13 and the message defaults. All are configuration; stress and bench raise them openly. */
export interface MessageLimits {
  /** Open messages one inbox may hold. */
  readonly inboxMessages: number;
  /** Bytes of body and subject one inbox may hold in open messages. */
  readonly inboxBytes: number;
  /** Largest body of one message, in UTF-8 bytes. */
  readonly bodyBytes: number;
  readonly subjectBytes: number;
  /** Largest context of one namespace, as JSON in UTF-8 bytes. */
  readonly contextBytes: number;
  /** Messages in one send call. */
  readonly batch: number;
  /** Messages one sender may send per second on average, and in one burst. */
  readonly senderPerSecond: number;
  readonly senderBurst: number;
  readonly maxAttempts: number;
  readonly leaseMs: number;
  readonly maxLeaseMs: number;
  readonly leaseCount: number;
  readonly maxDelayMs: number;
  readonly maxWaitMs: number;
  /** How long (sender, idempotency key) stays known after its message reached a terminal state. */
  readonly idempotencyMs: number;
}

const day = 86_400_000;

export const defaultLimits: MessageLimits = {
  inboxMessages: 10_000,
  inboxBytes: 64 * 1024 * 1024,
  bodyBytes: 256 * 1024,
  subjectBytes: 1024,
  contextBytes: 65_536,
  batch: 10_000,
  senderPerSecond: 2_000,
  senderBurst: 20_000,
  maxAttempts: 5,
  leaseMs: 60_000,
  maxLeaseMs: day,
  leaseCount: 1_000,
  maxDelayMs: 365 * day,
  maxWaitMs: 300_000,
  idempotencyMs: 7 * day,
};
