import { connect, type Socket } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { errorFromDocument, invalidInput, WaggleError } from '../errors.ts';
import type { WireEvent } from '../hub/api.ts';
import { renderJson } from '../render-json.ts';

const handshakeMs = 5_000;
/** The hub takes 16 MiB a frame; a character may be three bytes of UTF-8 and still fit in most texts. */
const maxFrameLength = 15 * 1024 * 1024;

export interface HubEndpoint {
  /** A unix socket, or a TCP port of 127.0.0.1. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly token: string;
}

/** What a connection needs of a socket; a simulation dials one of its own. */
export type Dial = (
  at: HubEndpoint['at'],
) => Pick<Socket, 'write' | 'end' | 'destroy' | 'destroySoon' | 'writable' | 'setNoDelay' | 'unref' | 'on' | 'once'>;

interface Pending {
  resolve(result: unknown): void;
  reject(error: WaggleError): void;
  onEvent?(event: WireEvent): void;
}

type Answer = {
  id: number | null;
  result?: unknown;
  event?: WireEvent;
  error?: { code: string; message: string; details?: Record<string, unknown> };
};

/**
 * One connection to a hub, many calls in flight. Frames written in one tick leave in one write: the first goes out
 * together with the handshake, so a single call costs one round trip. It never reconnects; its owner does.
 */
export class FrameConnection {
  readonly #socket: ReturnType<Dial>;
  readonly #pending = new Map<number, Pending>();
  /** Resolves to whether anybody listens there; a refusal by who does is told by the calls. */
  readonly opened: Promise<boolean>;
  readonly closed: Promise<void>;
  #nextId = 1;
  #handshaken = false;
  #received: Buffer[] = [];
  #failure: WaggleError | undefined;
  #outgoing: string[];
  #cancelHandshakeTimer = () => {};

  constructor({ at, token }: HubEndpoint, clock: Clock = systemClock, dial: Dial = connect) {
    this.#socket = dial(at);
    this.#socket.setNoDelay(true);
    const host = 'path' in at ? 'waggle' : `${at.host}:${at.port}`;
    this.#outgoing = [
      `GET /v1/stream HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: waggle-ndjson\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    ];
    this.#scheduleWrite();
    this.opened = new Promise((resolve) => {
      this.#socket.once('connect', () => resolve(true));
      this.#socket.once('error', () => resolve(false));
    });
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#fail(this.#failure ?? unreachable('the connection to the hub ended'));
        resolve();
      });
    });
    this.#socket.on('error', (error) => this.#fail(unreachable(`no hub answers (${error.message})`, error)));
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A hub that is stopped still has a listening socket: what accepts but never answers must not hold us for ever.
    this.#cancelHandshakeTimer = clock.setTimer(handshakeMs, () => {
      this.#fail(
        new WaggleError(
          'timeout',
          `the hub has not answered for ${handshakeMs / 1_000} s; it may be stopped or hung: waggle doctor`,
        ),
      );
      this.#socket.destroy();
    });
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** Rejects with the hub's own error, or with `hub_unreachable` when the answer will never come. */
  call(
    op: string,
    input: unknown,
    options: { signal?: AbortSignal | undefined; onEvent?: (event: WireEvent) => void } = {},
  ): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { signal, onEvent } = options;
    const document = documentOf(input);
    if (document instanceof WaggleError) return Promise.reject(document);
    if (document.length > maxFrameLength) {
      return Promise.reject(
        new WaggleError(
          'payload_too_large',
          `${op}: ${document.length} characters in one call, at most ${maxFrameLength} travel; send less at once`,
          {
            details: { field: 'input', length: document.length, limit: maxFrameLength },
          },
        ),
      );
    }
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#send(`{"id":${id},"cancel":true}`);
      const settle = () => {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#pending.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        ...(onEvent === undefined ? {} : { onEvent }),
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#send(`{"id":${id},"op":"${op}","input":${document}}`);
      if (signal?.aborted === true) onAbort();
    });
  }

  /** Every call that a dead hub left behind closes the connection it shared; only the first has something to do. */
  close(): Promise<void> {
    if (!this.#isClosing) this.#socket.destroySoon();
    this.#isClosing = true;
    return this.closed;
  }

  /** Lets the process end even while the connection is open and idle. */
  unref(): void {
    this.#socket.unref();
  }

  #send(frame: string): void {
    this.#outgoing.push(frame, '\n');
    this.#scheduleWrite();
  }

  #isClosing = false;
  #writeScheduled = false;

  #scheduleWrite(): void {
    if (this.#writeScheduled) return;
    this.#writeScheduled = true;
    process.nextTick(() => {
      this.#writeScheduled = false;
      const text = this.#outgoing.join('');
      this.#outgoing = [];
      if (this.#socket.writable) this.#socket.write(text);
    });
  }

  #receive(chunk: Buffer): void {
    const frames = this.#handshaken ? chunk : this.#shakeHands(chunk);
    let from = 0;
    for (let end = frames.indexOf(10, from); end >= 0; end = frames.indexOf(10, from)) {
      this.#answer(JSON.parse(this.#wholeLine(frames.subarray(from, end))) as Answer); // written by our own hub
      from = end + 1;
    }
    if (from < frames.length) this.#received.push(frames.subarray(from));
  }

  /** Only here are the pieces of a frame put together: doing so at each piece would cost the square of its length. */
  #wholeLine(last: Buffer): string {
    const line = this.#received.length === 0 ? last : Buffer.concat([...this.#received, last]);
    this.#received = [];
    return line.toString('utf8');
  }

  /** What follows the answer to our handshake; empty while that has not come. */
  #shakeHands(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([...this.#received, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    this.#received = end < 0 ? [bytes] : [];
    if (end < 0) return Buffer.alloc(0);
    if (!bytes.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) {
      this.#fail(refusal(bytes.toString('utf8')));
      this.#socket.destroy();
      return Buffer.alloc(0);
    }
    this.#handshaken = true;
    this.#cancelHandshakeTimer();
    return bytes.subarray(end + 4);
  }

  #answer({ id, result, event, error }: Answer): void {
    const pending = id === null ? undefined : this.#pending.get(id);
    if (event !== undefined) pending?.onEvent?.(event);
    else if (error !== undefined) {
      const typed = errorFromDocument(error);
      if (pending !== undefined) pending.reject(typed);
      else this.#fail(typed);
    } else pending?.resolve(result);
  }

  #fail(error: WaggleError): void {
    this.#cancelHandshakeTimer();
    this.#failure ??= error;
    for (const pending of this.#pending.values()) pending.reject(error);
  }
}

/** A value nested too deep, in a circle, or of what JSON has no word for is the caller's mistake and told as such. */
function documentOf(input: unknown): string | WaggleError {
  try {
    return renderJson(input);
  } catch (error) {
    return invalidInput('input', error instanceof Error ? error.message : String(error), 'cannot be written as JSON');
  }
}

function unreachable(problem: string, cause?: unknown): WaggleError {
  return new WaggleError('hub_unreachable', `${problem}; start one with: waggle up`, { cause });
}

/** The hub answered the handshake with an error of ours, or something else listens there. */
function refusal(text: string): WaggleError {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  try {
    const { error } = JSON.parse(body) as { error: { code: string; message: string } }; // checked by what follows
    return errorFromDocument(error);
  } catch (cause) {
    return unreachable(`what listens there is not a hub of this version (${text.split('\r\n')[0] ?? ''})`, cause);
  }
}
