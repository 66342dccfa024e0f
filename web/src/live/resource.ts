import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { WireEvent } from '../../../src/hub/api.ts';
import { sentenceOf } from './api.ts';
import { connection, listen } from './events.ts';

export interface Resource<T> {
  /** Undefined until the first answer. */
  readonly data: ReadonlySignal<T | undefined>;
  /** Why the latest question was not answered; what was known before stays. */
  readonly trouble: ReadonlySignal<string | undefined>;
  refresh(): void;
}

export interface ResourceOptions {
  /** Events after which the answer may be another. */
  readonly changedBy?: (event: WireEvent) => boolean;
  /** Asked again this often even when nothing was told: for what time alone changes. */
  readonly everyMs?: number;
}

/** However much happens, nothing is asked more often than this. */
const restMs = 400;

/** Something the hub knows, kept fresh while the component is there. `key` names what is asked: another one asks anew. */
export function useResource<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  { changedBy, everyMs }: ResourceOptions = {},
): Resource<T> {
  const keeper = useMemo(() => new Keeper(ask), [key]);
  useEffect(() => keeper.keep(changedBy, everyMs), [keeper]);
  return keeper;
}

class Keeper<T> implements Resource<T> {
  readonly data = signal<T | undefined>(undefined);
  readonly trouble = signal<string | undefined>(undefined);
  readonly #ask: (signal: AbortSignal) => Promise<T>;
  readonly #gone = new AbortController();
  #isAsking = false;
  #isStale = false;

  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask;
  }

  keep(changedBy: ResourceOptions['changedBy'], everyMs: number | undefined): () => void {
    this.refresh();
    let told = false;
    const stopListening = listen((events) => {
      // The first call tells the past, which the first answer knows of.
      if (told && changedBy !== undefined && events.some(changedBy)) this.refresh();
    });
    told = true;
    const stopWatching = effect(() => {
      if (connection.value === 'live') this.refresh();
    });
    const timer = everyMs === undefined ? undefined : setInterval(() => this.refresh(), everyMs);
    return () => {
      this.#gone.abort();
      stopListening();
      stopWatching();
      clearInterval(timer);
    };
  }

  readonly refresh = (): void => {
    this.#isStale = true;
    if (!this.#isAsking) void this.#run();
  };

  async #run(): Promise<void> {
    this.#isAsking = true;
    while (this.#isStale && !this.#gone.signal.aborted) {
      this.#isStale = false;
      try {
        this.data.value = await this.#ask(this.#gone.signal);
        this.trouble.value = undefined;
      } catch (error) {
        if (!this.#gone.signal.aborted) this.trouble.value = sentenceOf(error);
      }
      await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    this.#isAsking = false;
  }
}
