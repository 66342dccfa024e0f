import { type Clock, sleep } from '../clock.ts';
import type { Destination, OutboxEntry } from '../outbox/outbox.ts';
import type { Publisher } from '../outbox/publisher.ts';
import type { Tx } from '../store/store.ts';
import type { Severity } from './alert.ts';
import { discordText, inboxMessage, logLine, type Notice, webhookPayload } from './alert-text.ts';
import { reasonOf } from './reason.ts';

export interface AlertSinksOptions {
  readonly clock: Clock;
  readonly publishers: readonly Publisher[];
  /** The log of the hub. */
  readonly log: (line: string) => void;
}

/** The role whose agents hear of alerts in their inbox. */
const captain = 'captain';
/** Tries of a post that goes past the outbox, and how long each may take. */
const directTries = 3;
const directTryMs = 5_000;
const directPauseMs = 500;

/**
 * Who is told of alerts: the log always; with a store that works, the captain's inbox and the destinations of the outbox
 * that were added for alerts, in the transaction that keeps the alert; without one, those destinations directly.
 */
export class AlertSinks {
  readonly #options: AlertSinksOptions;
  /** As they were when the store last told them. */
  #destinations: readonly Destination[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: AlertSinksOptions) {
    this.#options = options;
  }

  log(notice: Notice): void {
    this.#options.log(logLine(notice));
  }

  /** To be kept in mind for when the store cannot be asked any more. */
  remember(destinations: readonly Destination[]): void {
    this.#destinations = destinations;
  }

  /** What the inbox or the outbox cannot take is told in the log; it must not keep the alert from being kept. */
  async write(tx: Tx, notice: Notice): Promise<void> {
    await this.#attempt('the captain', () => this.#tellCaptain(tx, notice));
    for (const { name, publisher } of this.#destinations.filter((each) => wants(each, notice))) {
      await this.#attempt(name, async () => {
        const key = `${notice.alert.id}.${notice.change}`;
        await tx.outbox.put({ destination: name, kind: kindOf(notice), payload: payloadFor(publisher, notice), key });
      });
    }
  }

  /** Posts past the store. Tried a few times; how it ended is told in the log. */
  post(notice: Notice): void {
    for (const destination of this.#destinations.filter((each) => wants(each, notice))) {
      const done = this.#post(destination, notice).finally(() => this.#underWay.delete(done));
      this.#underWay.add(done);
    }
  }

  /** Waits for posts under way, each of which ends by itself after a while. */
  async flush(): Promise<void> {
    const cancel = this.#options.clock.setTimer(directTryMs, () => this.#stop.abort());
    await Promise.all(this.#underWay);
    cancel();
  }

  async #post(destination: Destination, notice: Notice): Promise<void> {
    const { publishers, clock, log } = this.#options;
    const publisher = publishers.find(({ name }) => name === destination.publisher);
    if (publisher === undefined) return;
    const payload = payloadFor(destination.publisher, notice);
    for (let attempt = 1; attempt <= directTries; attempt += 1) {
      const entry: OutboxEntry = {
        id: `${notice.alert.id}.${notice.change}`,
        destination: destination.name,
        kind: kindOf(notice),
        payload,
        state: 'sending',
        attempt,
        maxAttempts: directTries,
        createdAt: notice.alert.firedAt,
      };
      const { outcome, detail } = await publisher.publish(entry, destination, this.#stop.signal);
      if (outcome === 'sent') return;
      log(`alert ${notice.alert.rule} could not be posted to ${destination.name}: ${detail}`);
      if (outcome === 'refused' || this.#stop.signal.aborted) return;
      await sleep(clock, directPauseMs * attempt, this.#stop.signal).catch(() => {});
    }
  }

  async #tellCaptain(tx: Tx, notice: Notice): Promise<void> {
    const captains = (await tx.agents.list()).filter(({ role }) => role === captain).map(({ id }) => id);
    if (captains.length === 0) return;
    const { subject, body } = inboxMessage(notice);
    const isUrgent = notice.change === 'fired' && notice.alert.severity === 'critical';
    await tx.messages.accept([
      {
        inboxes: captains,
        from: 'operator',
        via: 'monitor',
        subject,
        body,
        bodyType: 'text',
        kind: 'notice',
        priority: isUrgent ? 'urgent' : 'high',
        maxAttempts: 5,
      },
    ]);
  }

  async #attempt(whom: string, tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      const text = reasonOf(error);
      this.#options.log(`monitor: ${whom} could not be told of an alert: ${text}`);
    }
  }
}

/** Which alerts a destination was added for; one without the setting hears of none. */
function wants({ settings }: Destination, { alert }: Notice): boolean {
  const least = settings['alerts'] as Severity | undefined; // validated where destinations are added
  return least !== undefined && (least === 'warning' || alert.severity === 'critical');
}

function kindOf({ change }: Notice): string {
  return `alert.${change}`;
}

function payloadFor(publisher: string, notice: Notice): string {
  return publisher === 'discord' ? JSON.stringify({ content: discordText(notice) }) : webhookPayload(notice);
}
