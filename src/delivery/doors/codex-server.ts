import { realpathSync } from 'node:fs';
import { WebSocket } from 'ws';
import type { Clock } from '../../clock.ts';

/** One answer, and the whole opening of a connection, may take this long; the server is on this machine. */
const patienceMs = 5_000;

/**
 * A connection to a `codex app-server` on its unix socket: WebSocket frames with JSON-RPC that leaves out the `jsonrpc` member.
 * Calls reject with the server's own words, when it does not answer in time, and when it is gone.
 */
export class CodexServer implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #calls = 0;

  private constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    // One buffer a message: that is ws's binary type unless another is asked for.
    socket.on('message', (data) => this.#hear((data as Buffer).toString('utf8')));
    socket.on('close', () => this.#fail(new Error('the Codex server closed the connection')));
    socket.on('error', (error) => this.#fail(error));
  }

  /** `path` may be a link: the server makes one to a socket with a shorter name. */
  static async connect(path: string, clock: Clock, version: string): Promise<CodexServer> {
    const address = `ws+unix://${realpathSync(path)}:/`;
    const socket = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: patienceMs });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const server = new CodexServer(socket, clock);
    try {
      await server.call('initialize', { clientInfo: { name: 'waggle', title: 'Waggle', version } });
      socket.send(JSON.stringify({ method: 'initialized' }));
      return server;
    } catch (error) {
      socket.terminate();
      throw error;
    }
  }

  call(method: string, params: object): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise<unknown>((resolve, reject) => {
      const cancelTimer = this.#clock.setTimer(patienceMs, () => {
        this.#waiting.delete(id);
        reject(new Error(`the Codex server did not answer ${method} within ${patienceMs} ms`));
      });
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          cancelTimer();
          settle(value);
        };
      this.#waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.#socket.send(JSON.stringify({ id, method, params }), (error) => {
        if (error != null) this.#settle(id)?.reject(error);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
  }

  #hear(text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return this.#fail(new Error('the Codex server sent what is not JSON'));
    }
    if (typeof frame !== 'object' || frame === null || !('id' in frame) || typeof frame.id !== 'number') return;
    // A question of the server's to its clients has an id as well; it is not for us.
    if ('method' in frame) return;
    const waiting = this.#settle(frame.id);
    if ('error' in frame) waiting?.reject(new Error(messageOf(frame.error)));
    else waiting?.resolve('result' in frame ? frame.result : undefined);
  }

  #settle(id: number) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #fail(error: Error): void {
    for (const id of this.#waiting.keys()) this.#settle(id)?.reject(error);
  }
}

function messageOf(error: unknown): string {
  const isTold = typeof error === 'object' && error !== null && 'message' in error;
  return `the Codex server refused: ${isTold ? String(error.message) : JSON.stringify(error)}`;
}
