import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Alert, Silence } from './alert.ts';
import type { AlertBoard, BoardChange } from './alert-board.ts';
import type { AlertSinks } from './alert-sinks.ts';
import type { AlertPage } from './alert-store.ts';
import type { Reading } from './figure.ts';
import { reasonOf } from './reason.ts';

export interface AlertsOptions {
  readonly store: Pick<Store, 'alerts' | 'transaction' | 'health' | 'outbox'>;
  readonly clock: Clock;
  readonly board: AlertBoard;
  readonly sinks: AlertSinks;
  readonly newId: () => string;
  readonly log: (line: string) => void;
}

/**
 * The alerts of a swarm: what the board finds changed is kept in the store and told, in one transaction. While the store
 * is out of service it is told past it, and kept as soon as there is one again.
 */
export class Alerts {
  readonly #options: AlertsOptions;
  #silences: readonly Silence[] = [];
  /** What the store has not taken yet, oldest first. */
  #unkept: BoardChange[] = [];
  #isLoaded = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: AlertsOptions) {
    this.#options = options;
  }

  /** Those not resolved, oldest first: also while the store is out of service. */
  get open(): readonly Alert[] {
    return this.#options.board.open;
  }

  get silences(): readonly Silence[] {
    const now = this.#options.clock.now();
    return this.#silences.filter(({ until }) => until > now);
  }

  /**
   * Judges and tells; resolves when what changed is kept, or known not to be. Never rejects: what fails is logged.
   * `isWhole` as for the board.
   */
  async consider(readings: readonly Reading[], isWhole: boolean): Promise<void> {
    // Alerts of a former hub go on: they must be known before the same condition is judged again.
    if (!this.#isLoaded && this.#isStoreOpen()) await this.#logged('alerts could not be read', () => this.#load());
    for (const change of this.#options.board.judge(readings, isWhole, this.silences)) this.#note(change);
    await this.#logged('alerts could not be kept', () => this.#inTurn(() => this.#keep()));
  }

  /** Somebody knows of it: it stays open. Twice is fine. `not_found`, `illegal_transition` when it is over. */
  acknowledge(id: string, by: string): Promise<Alert> {
    return this.#inTurn(async () => {
      const alert = await this.#known(id);
      if (alert.state === 'acknowledged') return alert;
      if (alert.state === 'resolved') {
        throw new WaggleError('illegal_transition', `alert ${id} is resolved already; nothing was changed`, {
          details: { id, state: alert.state },
        });
      }
      const known: Alert = { ...alert, state: 'acknowledged', acknowledgedAt: this.#now(), acknowledgedBy: by };
      await this.#options.store.alerts.record(known, 'acknowledged');
      this.#options.board.put(known);
      return known;
    });
  }

  /**
   * Over, says somebody. A condition that goes on fires anew after the time its rule gives it. Twice is fine; `not_found`.
   */
  resolve(id: string, by: string): Promise<Alert> {
    return this.#inTurn(async () => {
      const alert = await this.#known(id);
      if (alert.state === 'resolved') return alert;
      const over: Alert = { ...alert, state: 'resolved', resolvedAt: this.#now(), resolvedBy: by };
      await this.#options.store.alerts.record(over, 'resolved');
      this.#options.board.put(over);
      return over;
    });
  }

  /** One silence of a rule and subject at a time: another one takes its place, under the same id. */
  async silence(wanted: Omit<Silence, 'id' | 'createdAt' | 'until'>, forMs: number): Promise<Silence> {
    const now = this.#now();
    const isSame = ({ rule, subject }: Silence) => rule === wanted.rule && subject === wanted.subject;
    const id = this.silences.find(isSame)?.id ?? `sil_${this.#options.newId()}`;
    const silence: Silence = { id, createdAt: now, until: now + forMs, ...wanted };
    await this.#options.store.alerts.silence(silence);
    this.#silences = [...this.silences.filter((other) => other.id !== id), silence];
    return silence;
  }

  /** False when there is none, also when it has ended by itself and is forgotten. */
  async unsilence(id: string): Promise<boolean> {
    const found = await this.#options.store.alerts.unsilence(id);
    this.#silences = this.#silences.filter((silence) => silence.id !== id);
    return found;
  }

  /** Newest first: from the store or, while it is out of service, those that are open. */
  async list(page: AlertPage): Promise<readonly Alert[]> {
    const open = new Map(this.open.map((alert) => [alert.id, alert]));
    if (this.#isStoreOpen()) {
      const kept = await this.#options.store.alerts.list(page);
      // The store knows them as they were when they last changed; counts and values have gone on.
      return kept.map((alert) => {
        const { count, value } = open.get(alert.id) ?? alert;
        return { ...alert, count, value };
      });
    }
    const { limit, state, after } = page;
    const newest = [...open.values()].reverse();
    const from = after === undefined ? 0 : newest.findIndex(({ id }) => id === after) + 1;
    return newest
      .slice(from)
      .filter((alert) => state === undefined || alert.state === state)
      .slice(0, limit);
  }

  /** The log hears of it at once; the others with the store or, while it is out of service, past it. */
  #note(change: BoardChange): void {
    const { notice, ...silent } = change;
    const { sinks } = this.#options;
    if (notice === undefined) {
      if (change.change === 'fired') sinks.log({ change: 'fired', alert: change.alert });
      this.#unkept.push(change);
      return;
    }
    sinks.log(notice);
    if (this.#isStoreOpen()) this.#unkept.push(change);
    else {
      sinks.post(notice);
      this.#unkept.push(silent);
    }
  }

  async #keep(): Promise<void> {
    const { store, sinks } = this.#options;
    if (!this.#isStoreOpen() || !this.#isLoaded) return;
    sinks.remember(await store.outbox.destinations().catch(noneIfUnsupported));
    for (let next = this.#unkept[0]; next !== undefined; next = this.#unkept[0]) {
      try {
        await this.#keepOne(next);
      } catch (error) {
        const { notice, ...silent } = next;
        // The store went away in between, or has no room: told past it now, and kept when it takes it.
        if (notice !== undefined) sinks.post(notice);
        this.#unkept[0] = silent;
        throw error;
      }
      this.#unkept.shift();
    }
  }

  async #keepOne({ alert, change, notice }: BoardChange): Promise<void> {
    const { store, sinks } = this.#options;
    // Alone it gets through on a full disk, where a transaction is refused.
    if (notice === undefined) return store.alerts.record(alert, change);
    await store.transaction(async (tx) => {
      await tx.alerts.record(alert, change);
      await sinks.write(tx, notice);
    });
  }

  async #load(): Promise<void> {
    const { store, board, sinks } = this.#options;
    sinks.remember(await store.outbox.destinations().catch(noneIfUnsupported));
    this.#silences = await store.alerts.silences(this.#now());
    for (const alert of await store.alerts.open()) {
      board.adopt(alert);
      // What fired here before that was known is the same alert.
      this.#unkept = this.#unkept.filter((unkept) => unkept.alert.fingerprint !== alert.fingerprint);
    }
    this.#isLoaded = true;
  }

  async #known(id: string): Promise<Alert> {
    const alert = this.open.find((open) => open.id === id) ?? (await this.#options.store.alerts.get(id));
    if (alert !== undefined) return alert;
    throw new WaggleError('not_found', `alert ${id} does not exist; waggle alerts list shows which do`, {
      details: { field: 'id', value: id },
    });
  }

  #isStoreOpen(): boolean {
    return this.#options.store.health().state === 'open';
  }

  #now(): number {
    return this.#options.clock.now();
  }

  /** One after another: what is kept is kept in the order in which it happened. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(step);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #logged(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#options.log(`monitor: ${what}: ${reasonOf(error)}`);
    }
  }
}

/** A store that keeps messages only has no outbox, and so nowhere to send to. */
function noneIfUnsupported(error: unknown): [] {
  if (error instanceof WaggleError && error.code === 'not_supported') return [];
  throw error;
}
