/** How long what is over is kept. Times count from the moment a message reached its state. Absent: for ever. */
export interface RetentionPolicy {
  /** Acked, expired and cancelled messages. */
  readonly messagesMs?: number;
  /** Events of no message: agents, purges, restores. Those of a message go with it. */
  readonly eventsMs?: number;
  /** When the store holds more than this, the oldest acked, expired and cancelled messages go, however young. */
  readonly maxBytes?: number;
  /** Dead letters wait for a person; they go only when this says so. */
  readonly deadMs?: number;
  /** The same for recovered entries nobody may receive. */
  readonly quarantinedMs?: number;
}

const day = 86_400_000;

export const defaultRetention: RetentionPolicy = { messagesMs: 30 * day, eventsMs: 30 * day, maxBytes: 1024 ** 3 };
