import type { Alert, AlertState, Silence } from './alert.ts';

/** What just happened to an alert, as its event tells it. `notified` is bookkeeping and tells none. */
export type AlertChange = 'fired' | 'acknowledged' | 'resolved' | 'notified';

export interface AlertPage {
  readonly limit: number;
  /** Continue after this alert (exclusive); one that is not kept any more ends the list. */
  readonly after?: string;
  readonly state?: AlertState;
}

/** Alerts that are over are kept up to this many; the oldest go first. */
export const alertsKept = 1_000;

/**
 * What the monitor needs from a store to remember its alerts. It decides, the store keeps: each call is atomic, joins a
 * transaction it is made in, and tells an event (`alert.fired`, `alert.acknowledged`, `alert.resolved`, `alert.silenced`,
 * `alert.unsilenced`).
 */
export interface AlertStore {
  /**
   * Keeps the alert as it is now, new or known by its id. `already_exists` when another open one has its fingerprint;
   * then nothing changed.
   */
  record(alert: Alert, change: AlertChange): Promise<void>;
  get(id: string): Promise<Alert | undefined>;
  /** Newest first. */
  list(page: AlertPage): Promise<Alert[]>;
  /** Those not resolved, oldest first. */
  open(): Promise<Alert[]>;
  /** Under an id that is known it takes the place of that one. */
  silence(silence: Silence): Promise<void>;
  /** False when there is none of this id. */
  unsilence(id: string): Promise<boolean>;
  /** Those that have not ended at this instant, oldest first; what has ended is forgotten by the next `silence`. */
  silences(now: number): Promise<Silence[]>;
}
