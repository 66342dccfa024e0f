import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { toWaggleError, WaggleError } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { OperationName, OutputOf } from '../hub/api.ts';
import { eventsFor } from '../hub/caller-events.ts';
import type { Hub } from '../hub/hub.ts';
import type { Caller } from '../hub/operation.ts';
import { presentEvent } from '../hub/present.ts';
import { parseStrictJson } from '../json.ts';
import { decodeUtf8, maxBatchBytes } from './body-reader.ts';

export const streamPath = '/v1/stream';
export const streamProtocol = 'waggle-ndjson';

/** Calls in flight on one connection before the hub stops reading from it. */
const maxInFlight = 1_024;
/** Answers of one turn leave together, but no more than this is held back. */
const heldBackLength = 64 * 1024;

/**
 * The framed door of the SDK: after an HTTP upgrade, one JSON document a line, many calls in flight on one connection.
 *
 *   → {"id":1,"op":"message.send","input":{…}}      ← {"id":1,"result":{…}}  or  {"id":1,"error":{…}}
 *   → {"id":2,"op":"events","input":{"after":0}}    ← {"id":2,"event":{…}} …
 *   → {"id":2,"cancel":true}                        ends a waiting call or an event stream
 *
 * The operations and their schemas are those of HTTP, but for one thing: a message carries its body as `bodyText`, the
 * exact source, with `bodyType`. Calls that arrive together are started together, so the store commits them together.
 */
export function serveFrames(hub: Hub, caller: Caller, socket: Duplex, head: Buffer): void {
  const session = new FrameSession(hub, caller, socket);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${streamProtocol}\r\n\r\n`);
  socket.on('data', (chunk: Buffer) => session.receive(chunk));
  // Upgraded sockets stay half open: a peer that is gone says `end` and never `close`.
  socket.on('end', () => socket.destroy());
  socket.on('close', () => session.end());
  socket.on('error', () => session.end());
  if (head.length > 0) session.receive(head);
}

export function isStreamUpgrade(request: IncomingMessage): boolean {
  return request.url === streamPath && request.headers.upgrade?.toLowerCase() === streamProtocol;
}

class FrameSession {
  readonly #hub: Hub;
  readonly #caller: Caller;
  readonly #socket: Duplex;
  readonly #cancels = new Map<number, AbortController>();
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #inFlight = 0;
  #outgoing = '';

  constructor(hub: Hub, caller: Caller, socket: Duplex) {
    this.#hub = hub;
    this.#caller = caller;
    this.#socket = socket;
  }

  receive(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
      this.#partial.push(chunk.subarray(from, end));
      const line = this.#partial.length === 1 ? chunk.subarray(from, end) : Buffer.concat(this.#partial);
      this.#partial = [];
      this.#partialBytes = 0;
      from = end + 1;
      if (line.length > 0) this.#handle(line);
    }
    if (from === chunk.length) return;
    this.#partial.push(chunk.subarray(from));
    this.#partialBytes += chunk.length - from;
    if (this.#partialBytes > maxBatchBytes) {
      const problem = `frame: over ${maxBatchBytes} bytes; nothing of it was stored`;
      this.#reply(null, {
        error: new WaggleError('payload_too_large', problem, {
          details: { field: 'frame', limit: maxBatchBytes },
        }).toDocument(),
      });
      this.#flush();
      this.#socket.end();
      this.#partial = [];
      this.#partialBytes = 0;
    }
  }

  end(): void {
    for (const controller of this.#cancels.values()) controller.abort();
    this.#cancels.clear();
  }

  #handle(line: Buffer): void {
    failpoint('stream.frame.received');
    let id: number | null = null;
    try {
      const text = decodeUtf8(line);
      // The id comes first in a frame of ours, so that even a frame that cannot be read is answered to its caller.
      id = Number(/^\{"id":(\d{1,15})[,}]/.exec(text)?.[1] ?? Number.NaN);
      if (Number.isNaN(id))
        throw new WaggleError('invalid_input', 'frame: must start with {"id":NUMBER', { details: { field: 'id' } });
      const frame = parseStrictJson(text, { maxDepth: 74, sourceKey: 'body' }) as {
        op?: unknown;
        input?: unknown;
        cancel?: unknown;
      }; // an object, by the check above
      if (frame.cancel === true) {
        this.#cancels.get(id)?.abort();
        return;
      }
      void this.#run(id, String(frame.op), frame.input ?? {});
    } catch (error) {
      this.#reply(Number.isNaN(id) ? null : id, { error: toWaggleError(error).toDocument() });
    }
  }

  async #run(id: number, op: string, input: unknown): Promise<void> {
    const waits = op === 'events' || (waitingOperations.has(op) && asksToWait(input));
    // Who waits for mail holds nobody else up.
    if (!waits) this.#inFlight += 1;
    if (this.#inFlight >= maxInFlight) this.#socket.pause();
    const controller = waits ? new AbortController() : undefined;
    if (controller !== undefined) this.#cancels.set(id, controller);
    try {
      if (op === 'events') await this.#stream(id, input, controller?.signal ?? new AbortController().signal);
      else {
        const context =
          controller === undefined ? { caller: this.#caller } : { caller: this.#caller, signal: controller.signal };
        const result = await this.#hub.call(op as OperationName, input, context); // an unknown name is refused by call
        if (op === 'message.lease' && this.#isGone)
          await this.#hub.operations[op].takeBack?.(this.#hub, result as OutputOf<'message.lease'>); // by its name
        else this.#reply(id, { result });
      }
    } catch (error) {
      this.#reply(id, { error: toWaggleError(error).toDocument() });
    } finally {
      this.#cancels.delete(id);
      if (!waits) this.#inFlight -= 1;
      if (this.#socket.isPaused() && this.#inFlight < maxInFlight) this.#socket.resume();
    }
  }

  get #isGone(): boolean {
    return this.#socket.destroyed || !this.#socket.writable;
  }

  async #stream(id: number, input: unknown, signal: AbortSignal): Promise<void> {
    const after = typeof input === 'object' && input !== null && 'after' in input ? Number(input.after) : 0;
    for await (const event of eventsFor(this.#hub, this.#caller, Number.isSafeInteger(after) ? after : 0, signal)) {
      if (!this.#reply(id, { event: presentEvent(event) })) await drained(this.#socket, signal);
    }
    this.#reply(id, { result: {} });
  }

  /** False when the peer is not keeping up. Replies of one turn leave as one text: a system call costs more than they do. */
  #reply(id: number | null, answer: object): boolean {
    failpoint('stream.reply.before');
    if (this.#outgoing === '') process.nextTick(() => this.#flush());
    this.#outgoing += `${JSON.stringify({ id, ...answer })}\n`;
    return this.#outgoing.length < heldBackLength ? !this.#socket.writableNeedDrain : this.#flush();
  }

  #flush(): boolean {
    const text = this.#outgoing;
    this.#outgoing = '';
    return text === '' || !this.#socket.writable || this.#socket.write(text);
  }
}

/** Operations that wait for mail when they are asked to. */
const waitingOperations: ReadonlySet<string> = new Set(['message.lease', 'message.digest'] satisfies OperationName[]);

/** Read before the operation's schema has seen the input: what is no positive number waits for nothing. */
function asksToWait(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'waitMs' in input && Number(input.waitMs) > 0;
}

function drained(socket: Duplex, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    socket.on('drain', done);
    signal.addEventListener('abort', done);
  });
}
