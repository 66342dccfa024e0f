import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultBackoff } from '../../src/backoff.ts';
import { systemClock } from '../../src/clock.ts';
import { Hub } from '../../src/hub/hub.ts';
import { openSwarm } from '../../src/index.ts';
import { defaultLimits, type MessageLimits } from '../../src/message/limits.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { createSwarm } from '../../src/sdk/create-swarm.ts';
import { localTransport } from '../../src/sdk/local-transport.ts';
import type { Swarm } from '../../src/sdk/swarm.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type Body, body, inBatches, inFlight, type Listener, type Peer, type Place } from './peer.ts';

const inbox = 'worker';
const sender = 'bench';

/** What protects a swarm from a runaway sender is not what is measured; the peers have no such limits. */
const raised: Partial<MessageLimits> = {
  inboxMessages: 10_000_000,
  inboxBytes: 2 ** 40,
  senderPerSecond: 10_000_000,
  senderBurst: 10_000_000,
};

/** A swarm directory for a run: its limits raised. */
export function benchDirectory(folder: string): string {
  const dir = join(folder, '.waggle');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ limits: raised }), { mode: 0o600 });
  return dir;
}

/** `openSwarm`: the hub inside this process, durable in its directory. */
export async function openInPlace(place: Place): Promise<Peer> {
  return peerOf(await openSwarm({ dir: benchDirectory(place.folder), port: 0 }));
}

/** A client of a hub in another process; `place.server` is the hub's directory. */
export async function openThroughSocket(place: Place): Promise<Peer> {
  return peerOf(await connectSwarm({ dir: place.server ?? '', start: false }));
}

/** The same code on `:memory:`: what is left when no byte has to reach a disk. */
export async function openSqliteInMemory(): Promise<Peer> {
  return peerOf(swarmOver(await openSqliteStore({ file: ':memory:', ...storeOptions() })));
}

/** The memory store: plain structures, nothing survives the process. */
export async function openMemory(): Promise<Peer> {
  return peerOf(swarmOver(openMemoryStore(storeOptions())));
}

function storeOptions() {
  const limits = { ...defaultLimits, ...raised };
  return { clock: systemClock, random: Math.random, limits, backoff: defaultBackoff };
}

function swarmOver(store: Store): Swarm {
  const limits = { ...defaultLimits, ...raised };
  const hub = new Hub({
    store,
    clock: systemClock,
    limits,
    retention: {},
    version: 'bench',
    random: Math.random,
    publishers: [],
    onFailure: () => {},
  });
  return createSwarm(
    localTransport(hub, () => hub.close()),
    systemClock,
  );
}

async function peerOf(swarm: Swarm): Promise<Peer> {
  await addInbox(swarm);
  const message = { to: inbox, from: sender, body };
  const take = async (limit: number) => {
    const messages = await swarm.lease(inbox, { limit });
    if (messages.length !== limit) throw new Error(`waggle: ${limit - messages.length} messages are missing`);
    await Promise.all(messages.map((each) => swarm.ack(each)));
  };
  return {
    sendOne: (one) => swarm.send({ ...message, body: one }),
    send: (count, callers) => inFlight(count, callers, () => swarm.send(message)),
    drain: (count, callers) => inFlight(count, callers, () => take(1)),
    sendBatches: (count, size) =>
      inBatches(count, size, (n) => swarm.sendMany(Array.from({ length: n }, () => message))),
    drainBatches: (count, size) => inBatches(count, size, take),
    [Symbol.asyncDispose]: () => swarm.close(),
  };
}

export async function addInbox(swarm: Swarm, id: string = inbox): Promise<void> {
  const known = (await swarm.agents.list()).some((agent) => agent.id === id);
  if (!known) await swarm.agents.add({ id });
}

/** A consumer waiting in a process of its own. */
export function listenWithWaggle(place: Place): Listener {
  let swarm: Swarm | undefined;
  return {
    async listen(onMessage) {
      swarm = await connectSwarm({ dir: place.server ?? '', start: false });
      await addInbox(swarm);
      swarm.consume(inbox, (message) => onMessage(message.body as Body)); // sent by this bench
      await swarm.status();
    },
    async [Symbol.asyncDispose]() {
      await swarm?.close();
    },
  };
}
