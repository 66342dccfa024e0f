import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { isStreamUpgrade, serveFrames } from '../../src/http/frame-stream.ts';
import { createGuard } from '../../src/http/guard.ts';
import type { Hub } from '../../src/hub/hub.ts';
import type { Dial } from '../../src/sdk/frame-connection.ts';
import type { SimulatedProcess, World } from './world.ts';

export const token = 'the-token-of-the-simulated-hub';

/** Chances of trouble, each per frame carried. */
export interface NetworkFaults {
  maxDelayMs: number;
  /** The connection breaks instead of carrying a request: the hub never hears of it. */
  loseRequest: number;
  /** The connection breaks instead of carrying an answer: the hub has acted. */
  loseAnswer: number;
}

/** Unix sockets of one machine: bytes keep their order, arrive late, or the connection breaks. */
export class Network {
  readonly world: World;
  readonly faults: NetworkFaults = { maxDelayMs: 1, loseRequest: 0, loseAnswer: 0 };
  /** Hears what went wrong, by name. */
  onFault: (name: string) => void = () => {};
  #listener: { process: SimulatedProcess; hub: Hub } | undefined;
  readonly #links = new Set<Link>();

  constructor(world: World) {
    this.world = world;
  }

  listen(process: SimulatedProcess, hub: Hub): void {
    this.#listener = { process, hub };
  }

  unlisten(): void {
    this.#listener = undefined;
  }

  /** As `net.connect`, for a process of this machine. */
  dialFrom(process: SimulatedProcess): Dial {
    return () => {
      const link = new Link(this, process);
      this.world.after(this.delay(), () => {
        const listener = this.#listener;
        if (listener === undefined) {
          process.receive(() => link.client.destroy(Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' })));
          return;
        }
        link.serverProcess = listener.process;
        this.#links.add(link);
        // A stopped hub still has a listening socket: the kernel accepts for it.
        process.receive(() => link.client.emit('connect'));
        listener.process.receive(() => answerUpgrade(link.server, listener.hub));
      });
      return link.client as unknown as ReturnType<Dial>; // a Duplex with the three methods of a socket that are called
    };
  }

  /** What the kernel does when a process is gone. */
  dropAllOf(process: SimulatedProcess): void {
    for (const link of this.#links) if (link.belongsTo(process)) link.break();
  }

  /** Breaks one connection, chosen by chance. */
  dropOne(): void {
    const links = [...this.#links];
    links[this.world.random.below(Math.max(1, links.length))]?.break();
  }

  forget(link: Link): void {
    this.#links.delete(link);
  }

  delay(): number {
    return this.world.random.below(this.faults.maxDelayMs + 1);
  }
}

class Link {
  readonly client: SimulatedSocket;
  readonly server: SimulatedSocket;
  serverProcess: SimulatedProcess | undefined;
  readonly #network: Network;
  readonly #clientProcess: SimulatedProcess;
  #isBroken = false;
  readonly #lastArrival = { toServer: 0, toClient: 0 };

  constructor(network: Network, clientProcess: SimulatedProcess) {
    this.#network = network;
    this.#clientProcess = clientProcess;
    this.client = new SimulatedSocket((chunk) => this.#carry('toServer', chunk));
    this.server = new SimulatedSocket((chunk) => this.#carry('toClient', chunk));
    // Whether a socket ends with an error is told by the other event.
    for (const socket of [this.client, this.server]) socket.on('error', () => {});
  }

  belongsTo(process: SimulatedProcess): boolean {
    return this.serverProcess === process || this.#clientProcess === process;
  }

  /** Both sides hear of it, each in its own time; what is on its way is lost. */
  break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#network.forget(this);
    for (const [socket, process] of this.#ends()) {
      const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      this.#network.world.after(this.#network.delay(), () => process?.receive(() => socket.destroy(reset)));
    }
  }

  #ends(): [SimulatedSocket, SimulatedProcess | undefined][] {
    return [
      [this.client, this.#clientProcess],
      [this.server, this.serverProcess],
    ];
  }

  #carry(way: 'toServer' | 'toClient', chunk: Buffer | null): void {
    if (this.#isBroken) return;
    const { world, faults } = this.#network;
    const lost = world.random.chance(way === 'toServer' ? faults.loseRequest : faults.loseAnswer);
    if (lost && chunk !== null) {
      this.#network.onFault(way === 'toServer' ? 'request lost' : 'answer lost');
      this.break();
      return;
    }
    // One after another, however long each takes.
    const at = Math.max(this.#lastArrival[way], world.now + this.#network.delay());
    this.#lastArrival[way] = at;
    world.after(at - world.now, () => {
      if (this.#isBroken) return;
      const [socket, process] = this.#ends()[way === 'toServer' ? 1 : 0] ?? [];
      process?.receive(() => {
        if (socket !== undefined && !socket.destroyed) socket.push(chunk);
      });
      if (chunk === null && this.client.destroyed && this.server.destroyed) this.#network.forget(this);
    });
  }
}

class SimulatedSocket extends Duplex {
  readonly #carry: (chunk: Buffer | null) => void;

  constructor(carry: (chunk: Buffer | null) => void) {
    super({ allowHalfOpen: false });
    this.#carry = carry;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#carry(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#carry(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  override _read(): void {}

  override _final(done: () => void): void {
    this.#carry(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#carry(null);
    done(error);
  }

  setNoDelay(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }
}

/** What the HTTP server does with an upgrade: the real guard, the real door. */
function answerUpgrade(socket: Duplex, hub: Hub): void {
  const guard = createGuard({ token, port: () => undefined });
  let received = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return;
    socket.off('data', onData);
    const request = parseRequest(received.toString('latin1', 0, end), socket);
    guard.checkOrigin(request);
    const caller = guard.authenticate(request);
    if (!isStreamUpgrade(request)) throw new Error('the client asked for something else than the stream');
    serveFrames(hub, caller, socket, received.subarray(end + 4));
  };
  socket.on('data', onData);
}

function parseRequest(head: string, socket: Duplex): IncomingMessage {
  const [first = '', ...lines] = head.split('\r\n');
  const rawHeaders = lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  return { url: first.split(' ')[1], headers, rawHeaders, socket } as unknown as IncomingMessage; // all the guard looks at
}
