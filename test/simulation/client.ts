import { sleep } from '../../src/clock.ts';
import { WaggleError } from '../../src/errors.ts';
import type { HistoryRecord } from '../../src/history/record.ts';
import { recordSwarm } from '../../src/history/record-swarm.ts';
import { Recorder } from '../../src/history/recorder.ts';
import { createSwarm } from '../../src/sdk/create-swarm.ts';
import { FrameConnection } from '../../src/sdk/frame-connection.ts';
import { RemoteTransport } from '../../src/sdk/remote-transport.ts';
import type { ReceivedMessage, Swarm } from '../../src/sdk/swarm.ts';
import type { HubHost } from './hub-host.ts';
import { type Network, token } from './network.ts';
import { SimulatedProcess, type World } from './world.ts';

/** What a program of a client is handed. */
export interface Life {
  readonly swarm: Swarm;
  readonly process: SimulatedProcess;
  readonly world: World;
  /** Pauses for up to this long. */
  rest(maxMs: number): Promise<void>;
  /** True while trouble is wanted; afterwards every program finishes what it has. */
  isBusy(): boolean;
  /** Something worth seeing at least once in many seeds happened. */
  sometimes(mark: string): void;
  /** What must never happen did. */
  broken(what: string): void;
}

export type Program = (life: Life) => Promise<void>;

/** A program that runs in a process of its own with the real SDK; killed, it starts anew as another incarnation. */
export class SimulatedClient {
  readonly name: string;
  readonly #program: Program;
  readonly #context: ClientContext;
  #incarnation = -1;
  process: SimulatedProcess;

  constructor(name: string, program: Program, context: ClientContext) {
    this.name = name;
    this.#program = program;
    this.#context = context;
    this.process = new SimulatedProcess(context.world, name);
  }

  start(): void {
    const { world, network, write, noteLease, isBusy, sometimes, broken } = this.#context;
    this.#incarnation += 1;
    const process = new SimulatedProcess(world, this.name);
    this.process = process;
    const { clock } = process;
    let keys = 0;
    const remote = new RemoteTransport({
      async open() {
        const connection = new FrameConnection({ at: { path: 'hub' }, token }, clock, network.dialFrom(process));
        if (await connection.opened) return connection;
        throw new WaggleError('hub_unreachable', 'no hub is running');
      },
      clock,
      retryForMs: 30_000,
      newKey: () => {
        keys += 1;
        return `auto:${this.name}:${this.#incarnation}:${keys}`;
      },
    });
    const plain = createSwarm(remote, clock);
    const told: Swarm = {
      ...plain,
      async lease(inbox, options) {
        const messages = await plain.lease(inbox, options);
        for (const message of messages) noteLease(message);
        return messages;
      },
    };
    const incarnation = this.#incarnation;
    const recorder = new Recorder(
      {
        proc: this.name,
        incarnation,
        write: (record) => {
          if (!process.isDead) write(record);
        },
      },
      { now: () => world.now, run: 'simulated' },
    );
    const life: Life = {
      swarm: recordSwarm(told, recorder, { clock }),
      process,
      world,
      rest: (maxMs) => sleep(clock, world.random.below(maxMs + 1)),
      isBusy,
      sometimes,
      broken,
    };
    this.#program(life).catch((error: unknown) => {
      if (process.isDead) return;
      // A hub that stays away longer than a call is carried, or hangs: the program starts anew, as a user would.
      sometimes(`program ended: ${error instanceof WaggleError ? error.code : 'defect'}`);
      if (!(error instanceof WaggleError) || error.code === 'internal' || error.code === 'invalid_input') {
        broken(`${this.name} ended with ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
      world.after(1_000, () => {
        if (!process.isDead) this.crash();
      });
    });
  }

  /** SIGKILL; a successor starts later. */
  crash(): void {
    if (this.process.isDead) return;
    this.process.kill();
    this.#context.network.dropAllOf(this.process);
    this.#context.world.after(200 + this.#context.world.random.below(2_000), () => this.start());
  }
}

export interface ClientContext {
  readonly world: World;
  readonly network: Network;
  readonly host: HubHost;
  readonly write: (record: HistoryRecord) => void;
  /** Hears of each lease as the hub told it, before it is written down. */
  readonly noteLease: (message: ReceivedMessage) => void;
  readonly isBusy: () => boolean;
  readonly sometimes: (mark: string) => void;
  readonly broken: (what: string) => void;
}
