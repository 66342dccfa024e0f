import { type Signal, signal } from '@preact/signals';
import type { ListInput, MessageLine, WireEvent } from '../../../../src/hub/api.ts';
import { call, type OverHttp, sentenceOf } from '../../live/api.ts';
import { connection, listen } from '../../live/events.ts';

export type Line = OverHttp<MessageLine>;
export type Filters = Pick<ListInput, 'inbox' | 'from' | 'state'>;

const pageSize = 200;
/** New messages are fetched at most this often, however fast they come. */
const restMs = 300;

const stateAfter: Readonly<Record<string, MessageLine['state']>> = {
  'message.leased': 'leased',
  'message.acked': 'acked',
  'message.dead': 'dead',
  'message.expired': 'expired',
  'message.cancelled': 'cancelled',
  'message.ready': 'ready',
  'message.rescued': 'ready',
  'message.redriven': 'ready',
  'message.released': 'ready',
};

/**
 * Messages newest first, as far as somebody has scrolled, and kept current: what is told of a message that is listed
 * changes its line, new ones are fetched from the top. Its order is that of their acceptance.
 */
export class MessageLines {
  readonly lines: Signal<readonly Line[]> = signal([]);
  readonly trouble = signal<string | undefined>(undefined);
  readonly isComplete = signal(false);
  readonly hasAnswered = signal(false);
  readonly #filters: Filters;
  readonly #gone = new AbortController();
  #before: string | undefined;
  #isLoading = false;
  #newcomers = false;
  #isFetchingNew = false;

  constructor(filters: Filters) {
    this.#filters = filters;
  }

  /** Until the returned function is called. */
  keep(): () => void {
    void this.more();
    let isPast = true;
    const stopListening = listen((events) => {
      if (!isPast) this.#take(events);
    });
    isPast = false;
    const stopWatching = connection.subscribe((state) => {
      if (state === 'live') this.#fetchNew();
    });
    return () => {
      this.#gone.abort();
      stopListening();
      stopWatching();
    };
  }

  /** The next older page. */
  async more(): Promise<void> {
    if (this.#isLoading || this.isComplete.value) return;
    this.#isLoading = true;
    try {
      const wanted = this.lines.value.length + 1;
      // A page may be short, or empty, and still not be the last.
      while (this.lines.value.length < wanted && !this.isComplete.value) {
        const { messages, before } = await this.#ask(this.#before);
        this.#before = before;
        this.isComplete.value = before === undefined;
        this.lines.value = merged(this.lines.value, messages);
      }
      this.trouble.value = undefined;
      this.hasAnswered.value = true;
    } catch (error) {
      if (!this.#gone.signal.aborted) this.trouble.value = sentenceOf(error);
    } finally {
      this.#isLoading = false;
    }
  }

  #ask(before: string | undefined) {
    const page = before === undefined ? {} : { before };
    return call('message.list', { ...this.#filters, ...page, limit: pageSize }, this.#gone.signal);
  }

  #take(events: readonly WireEvent[]): void {
    const states = new Map<string, MessageLine['state']>();
    const gone = new Set<string>();
    for (const { type, messageId } of events) {
      if (type === 'message.accepted' || type === 'message.redriven') this.#newcomers = true;
      if (type === 'message.purged' || type === 'message.nacked') this.#newcomers = true;
      if (messageId === undefined) continue;
      const state = stateAfter[type];
      if (state !== undefined) states.set(messageId, state);
      if (type === 'message.purged') gone.add(messageId);
    }
    if (states.size > 0 || gone.size > 0) this.#change(states, gone);
    if (this.#newcomers) this.#fetchNew();
  }

  #change(states: ReadonlyMap<string, MessageLine['state']>, gone: ReadonlySet<string>): void {
    let isChanged = false;
    const next = this.lines.value.flatMap((line) => {
      const state = states.get(line.id);
      if (!gone.has(line.id) && (state === undefined || state === line.state)) return [line];
      isChanged = true;
      const wanted = this.#filters.state;
      const leaves = gone.has(line.id) || (wanted !== undefined && state !== wanted);
      return leaves ? [] : [{ ...line, state: state ?? line.state }];
    });
    if (isChanged) this.lines.value = next;
  }

  #fetchNew(): void {
    if (this.#isFetchingNew) return;
    void this.#fetchUntilKnown();
  }

  /** From the top down to what is listed already. */
  async #fetchUntilKnown(): Promise<void> {
    this.#isFetchingNew = true;
    do {
      this.#newcomers = false;
      try {
        let before: string | undefined;
        for (let pages = 0; pages < 10; pages += 1) {
          const known = new Set(this.lines.value.map(({ id }) => id));
          const page = await this.#ask(before);
          this.lines.value = merged(this.lines.value, page.messages);
          before = page.before;
          if (before === undefined || page.messages.some(({ id }) => known.has(id))) break;
        }
        this.trouble.value = undefined;
      } catch (error) {
        if (!this.#gone.signal.aborted) this.trouble.value = sentenceOf(error);
      }
      await new Promise((resolve) => setTimeout(resolve, restMs));
    } while (this.#newcomers && !this.#gone.signal.aborted);
    this.#isFetchingNew = false;
  }
}

/** Both lists in order, each message once, as it was told last. */
function merged(known: readonly Line[], told: readonly Line[]): readonly Line[] {
  if (told.length === 0) return known;
  const fresh = new Map(told.map((line) => [line.id, line]));
  const kept = known.map((line) => {
    const newer = fresh.get(line.id);
    fresh.delete(line.id);
    return newer ?? line;
  });
  if (fresh.size === 0) return kept;
  return [...kept, ...fresh.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1));
}

/** The change sequence of its acceptance is the end of an id. */
function orderOf({ id }: Line): string {
  return id.slice(-17);
}
