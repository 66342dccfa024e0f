import { createHash } from 'node:crypto';
import { checkHistory } from '../../src/history/check-history.ts';
import type { HistoryRecord } from '../../src/history/record.ts';
import { bodyHash, type Facts, Recorder } from '../../src/history/recorder.ts';
import { defaultLimits } from '../../src/message/limits.ts';
import type { Message } from '../../src/message/message.ts';
import { type ClientContext, SimulatedClient } from './client.ts';
import { HubHost } from './hub-host.ts';
import { Network } from './network.ts';
import { agents, consumer, operator, producer, reader, sleeper } from './programs.ts';
import { World } from './world.ts';

const busyMs = 6_500;
/** After the last fault everything open must be over within this. */
const settleWithinMs = 300_000;
/** Keys outlive all jumps of the wall clock together: a hub that starts after one takes the new date for the time. */
const limits = { ...defaultLimits, inboxMessages: 12, inboxBytes: 4_000, idempotencyMs: 365 * 86_400_000 };

export interface Outcome {
  readonly seed: number;
  /** The same for the same seed, on any machine. */
  readonly hash: string;
  readonly steps: number;
  readonly history: readonly HistoryRecord[];
  readonly marks: ReadonlySet<string>;
  readonly problems: readonly string[];
}

/** One swarm's life under faults, decided by the seed alone, and what was wrong with it. */
export async function simulate(seed: number): Promise<Outcome> {
  const world = new World(seed);
  const { random } = world;
  const network = new Network(world);
  const history: HistoryRecord[] = [];
  const marks = new Set<string>();
  const problems: string[] = [];
  let isBusy = true;
  const leaseEnds = new Map<string, number>();
  const write = (record: HistoryRecord) => {
    // A consumer only knows that its lease ends no sooner than when it asked for it; the simulation knows when.
    const until = record.op === 'lease' ? leaseEnds.get(`${record.id} ${record.gen}`) : undefined;
    history.push(until === undefined ? record : { ...record, lease_until: until });
  };
  const sometimes = (mark: string) => marks.add(mark);
  const onFault = (key: string) => {
    sometimes(key.replace(/ at .*/, ''));
    write({ t_mono: world.now, proc: 'world', incarnation: 0, op: 'fault', phase: 'info', key });
  };
  network.onFault = onFault;
  const engine = random.chance(0.85) ? 'sqlite' : 'memory';
  await using host = new HubHost({ world, network, limits, engine, onFault });
  const context: ClientContext = {
    world,
    network,
    host,
    write,
    noteLease: (message) => leaseEnds.set(`${message.id} ${message.gen}`, host.endOfLease(message)),
    isBusy: () => isBusy,
    sometimes,
    broken: (what) => problems.push(what),
  };

  await host.start();
  for (const agent of agents) await host.store.agents.add({ ...agent, skills: [] });
  const clients = [
    ...Array.from({ length: 2 }, (_, index) => new SimulatedClient(`producer-${index}`, producer(14), context)),
    ...agents.map(({ id }) => new SimulatedClient(`consumer-${id}`, consumer(id), context)),
    new SimulatedClient('sleeper', sleeper(agents[random.below(agents.length)]?.id ?? 'ada'), context),
    new SimulatedClient('operator', operator, context),
    // It reads after every commit, which costs more than all the others.
    ...(random.chance(0.2) ? [new SimulatedClient('reader', reader, context)] : []),
  ];
  for (const client of clients) client.start();

  setNetworkWeather(network);
  const stopTrouble = scheduleTrouble({ world, network, host, clients, onFault, limitMs: busyMs });
  const stopSupervising = supervise(world, host);
  await world.run(busyMs);

  // The storm is over: nothing breaks any more, everybody runs, and every message must find its end.
  stopTrouble();
  isBusy = false;
  network.faults.loseAnswer = 0;
  network.faults.loseRequest = 0;
  host.disarm();
  for (const client of clients) client.process.resume();
  host.process?.resume();
  const recorder = new Recorder({ proc: 'end', incarnation: 0, write }, { now: () => world.now, run: 'simulated' });
  const left = await settle(world, host, recorder);
  if (left !== 'nothing') problems.push(`${settleWithinMs / 1_000} s after the last fault still open: ${left}`);
  stopSupervising();

  if (host.isRunning) {
    problems.push(...(await host.problems()));
    await recordEnd(host, recorder);
  }
  const report = await checkHistory(history, { isDrained: true });
  problems.push(...report.findings.map((finding) => `${finding.class}: ${finding.sentence}`));
  const hash = createHash('sha256');
  for (const record of history) hash.update(JSON.stringify(record));
  return {
    seed,
    hash: hash.digest('hex'),
    steps: world.steps,
    history,
    marks,
    problems,
  };
}

function setNetworkWeather({ world: { random }, faults }: Network): void {
  faults.maxDelayMs = random.pick([0, 2, 20, 200]);
  faults.loseAnswer = random.pick([0, 0.005, 0.02]);
  faults.loseRequest = random.pick([0, 0.005, 0.02]);
}

type Trouble = Pick<ClientContext, 'world' | 'network' | 'host'> & {
  readonly clients: readonly SimulatedClient[];
  readonly onFault: (name: string) => void;
  readonly limitMs: number;
};

/** Something bad every second or so. */
function scheduleTrouble({ world, network, host, clients, onFault, limitMs }: Trouble): () => void {
  const { random } = world;
  let isOver = false;
  const someClient = () => clients[random.below(clients.length)];
  const kinds: (() => void)[] = [
    () => host.crash({ isPowerLoss: random.chance(0.5) }),
    () => host.crashAtPoint(random.chance(0.5)),
    () => host.crashAtPoint(random.chance(0.5)),
    () => host.failOnce(random.chance(0.85) ? 'SQLITE_IOERR' : 'SQLITE_FULL'),
    () => void host.stop(),
    () => stopFor(host.process, 'hub', 8_000),
    () => someClient()?.crash(),
    () => {
      const client = someClient();
      stopFor(client?.process, 'client', 6_000);
    },
    () => network.dropOne(),
    () => network.dropOne(),
    () => {
      onFault('wall clock stepped');
      world.jumpWall((random.chance(0.5) ? 1 : -1) * random.below(48 * 3_600_000));
    },
  ];
  const stopFor = (process: SimulatedClient['process'] | undefined, who: string, maxMs: number) => {
    if (process === undefined || process.isDead) return;
    onFault(`${who} stopped for a while`);
    process.stop();
    world.after(random.below(maxMs), () => process.resume());
  };
  const next = () => {
    world.after(200 + random.below(limitMs / 6), () => {
      if (isOver) return;
      kinds[random.below(kinds.length)]?.();
      next();
    });
  };
  next();
  return () => {
    isOver = true;
  };
}

/** Starts a hub again some time after it is gone. */
function supervise(world: World, host: HubHost): () => void {
  let isOver = false;
  const look = () => {
    if (isOver) return;
    if (!host.isRunning) void host.start();
    world.after(100 + world.random.below(1_500), look);
  };
  look();
  return () => {
    isOver = true;
  };
}

/** Waits, in simulated time, until nothing is open; answers with what is when it takes too long. */
async function settle(world: World, host: HubHost, recorder: Recorder): Promise<string> {
  let left = 'unknown';
  const look = () => {
    if (host.isHealthy) {
      // Nobody reads the mail of an agent that only passes by.
      const remove = () => host.store.agents.remove('passing', { cancelOpen: true });
      void recorder.around('cancel', { inbox: 'passing' }, remove).catch(() => {});
      void host.store.messages.stats().then(({ scheduled, ready, leased }) => {
        left = scheduled + ready + leased === 0 ? 'nothing' : JSON.stringify({ scheduled, ready, leased });
      }, String);
    }
    if (left !== 'nothing') world.after(1_000, look);
  };
  look();
  await world.run(world.now + settleWithinMs, () => left === 'nothing');
  return left;
}

/** What the store says of every message and of every inbox at the end, for the checker. */
async function recordEnd(host: HubHost, recorder: Recorder): Promise<void> {
  const { messages } = host.store;
  const ids = new Set<string>();
  for (let after = 0; ; ) {
    const events = await host.store.events.read(after, 1_000);
    for (const { messageId } of events) if (messageId !== undefined) ids.add(messageId);
    const last = events.at(-1);
    if (last === undefined) break;
    after = last.seq;
  }
  for (const id of ids) {
    const message = await messages.get(id);
    recorder.observe('final', message === undefined ? { id, state: 'missing' } : finalFacts(message));
  }
  recorder.observe('stats', { stats: await messages.stats() });
  for (const { id: inbox } of agents) {
    const { inbox: _inbox, oldestReadyAt: _oldest, ...stats } = await messages.inboxStats(inbox);
    recorder.observe('stats', { inbox, stats });
  }
}

function finalFacts(message: Message): Facts {
  return {
    id: message.id,
    state: message.state,
    inbox: message.inbox,
    seq: message.inboxSeq,
    gen: message.gen,
    attempt: message.attempt,
    max_attempts: message.maxAttempts,
    priority: message.priority,
    hash: bodyHash(message.body),
    from: message.via ?? message.from,
    ...(message.idempotencyKey === undefined ? {} : { key: message.idempotencyKey }),
  };
}
