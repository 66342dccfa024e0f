/** Where a peer finds what it needs; the run made the folder and started the servers. */
export interface Place {
  /** An empty folder of its own, on the disk that every contender writes to. */
  readonly folder: string;
  /** The side folder whose `node_modules` hold the peers. */
  readonly packages: string;
  /** Where its server listens, when it has one: a unix socket, a connection string or a port, as the server file says. */
  readonly server?: string;
  /** The peer's own name for how safely it stores, when it can be told. */
  readonly durability?: 'durable' | 'relaxed';
}

/**
 * A queue as a careful user of it would run it: the client in this process, its documented way to consume, every send
 * and every settle awaited. One message is one JSON body of 256 bytes; a life is send, lease and ack. Each resolves to
 * the milliseconds it took, without those for opening and closing consumers.
 */
export interface Peer extends AsyncDisposable {
  /** One message, confirmed. */
  sendOne(body: Body): Promise<unknown>;
  /** Stores `count` messages one call at a time, `callers` calls in flight, each confirmed. */
  send(count: number, callers: number): Promise<number>;
  /** Takes and settles `count` messages, `callers` at once. */
  drain(count: number, callers: number): Promise<number>;
  /** The same in calls of `size` messages, one call after the other, where the peer has such a call. */
  sendBatches(count: number, size: number): Promise<number>;
  drainBatches(count: number, size: number): Promise<number>;
}

/** A contender's side in the measurement of wake-ups: it hears of a message in another process than the sender's. */
export interface Listener extends AsyncDisposable {
  /** Calls back with the body of each message as its handler gets it. */
  listen(onMessage: (body: Body) => void): Promise<void>;
}

export interface Body {
  readonly sentAt: number;
  readonly text: string;
}

export type OpenPeer = (place: Place) => Promise<Peer>;

/** 256 bytes when written as JSON with a 15-digit instant. */
export function bodyOf(sentAt: number): Body {
  const empty = JSON.stringify({ sentAt, text: '' }).length;
  return { sentAt, text: 'x'.repeat(256 - empty) };
}

export const body: Body = bodyOf(0);

/** How long it took until the promise was kept. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** `count` calls of `work`, `callers` of them in flight. */
export function inFlight(count: number, callers: number, work: () => Promise<unknown>): Promise<number> {
  let begun = 0;
  const caller = async () => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  return timed(() => Promise.all(Array.from({ length: callers }, caller)));
}

/** `count` messages in calls of `size`. */
export function inBatches(count: number, size: number, work: (size: number) => Promise<unknown>): Promise<number> {
  return timed(async () => {
    for (let done = 0; done < count; done += size) await work(Math.min(size, count - done));
  });
}

/** Resolves when it was called `count` times: for peers that consume by calling back. */
export function countdown(count: number): { readonly reached: Promise<void>; hit(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  return {
    reached: promise,
    hit() {
      left -= 1;
      if (left === 0) resolve();
    },
  };
}
