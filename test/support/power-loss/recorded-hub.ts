import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../../src/backoff.ts';
import { WaggleError } from '../../../src/errors.ts';
import { connectSwarm } from '../../../src/sdk/connect.ts';
import type { Swarm } from '../../../src/sdk/swarm.ts';
import { spawnHub } from '../../../src/testing/hub-process.ts';
import { compileRecorder, type PowerRecord, readPowerLog, recorded } from './power-log.ts';

/** How a recorded hub ends. */
export type End = 'stopped' | 'killed';

export interface RecordedRuns {
  readonly folder: string;
  /** Ends of the hubs that run one after another over one directory. */
  readonly ends: readonly End[];
  readonly env?: NodeJS.ProcessEnv;
  /** Before the hub of this number starts: something else done to the store, recorded too. */
  readonly before?: (run: number, store: string, env: NodeJS.ProcessEnv) => Promise<unknown> | undefined;
  /** What clients do to each of them, from `clients` connections. */
  readonly work: (clients: readonly Swarm[], run: number) => Promise<void>;
  readonly clients: number;
}

const preload = fileURLToPath(new URL('store-settings.mjs', import.meta.url));

/** Loads store-settings.mjs into a hub. */
export function storeSettings(settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import ${preload}`, ...settings };
}

/** Runs hubs under the recorder, one after another; returns everything they did to the disk and told their clients. */
export async function recordHubs({ folder, ends, env, before, work, clients }: RecordedRuns): Promise<PowerRecord[]> {
  const library = compileRecorder(folder);
  const log = join(folder, 'power.log');
  const root = join(folder, 'disk');
  mkdirSync(root, { recursive: true });
  const dir = join(root, '.waggle');
  for (const [run, end] of ends.entries()) {
    await before?.(run, join(dir, 'waggle.db'), recorded(library, log, root));
    await using hub = spawnHub(dir, { ...recorded(library, log, root), ...env });
    if (!(await hub.up)) throw new Error(`the recorded hub did not start: ${(await hub.ended).stderr}`);
    const swarms = await Promise.all(Array.from({ length: clients }, () => connectSwarm({ dir, start: false })));
    try {
      await work(swarms, run);
      if (end === 'killed') await hub.kill();
      else await swarms[0]?.stopHub();
    } finally {
      await Promise.all(swarms.map((swarm) => swarm.close()));
    }
    await hub.ended;
  }
  return readPowerLog(log);
}

/** What agents do all day, in an order that chance decides: every client sends, leases, settles, gives back, cancels. */
export async function liveInSwarm(
  clients: readonly Swarm[],
  options: { readonly random: Random; readonly rounds: number; readonly agents: readonly string[] },
): Promise<void> {
  const { random, rounds, agents } = options;
  const [first] = clients;
  if (first === undefined) return;
  const present = new Set((await first.agents.list()).map((agent) => agent.id));
  for (const id of agents) if (!present.has(id)) await first.agents.add({ id });
  await Promise.all(clients.map((swarm) => live(swarm, random, rounds, agents)));
}

let serial = 0;

async function live(swarm: Swarm, random: Random, rounds: number, agents: readonly string[]): Promise<void> {
  const agent = () => agents[Math.floor(random() * agents.length)] ?? '';
  const body = () => {
    serial += 1;
    return `body ${serial} ${'x'.repeat(Math.floor(random() ** 4 * 4_000))}`;
  };
  for (let round = 0; round < rounds; round += 1) {
    const dice = random();
    if (dice < 0.45) await swarm.send({ to: agent(), body: body() });
    else if (dice < 0.5) await swarm.sendMany([1, 2, 3].map(() => ({ to: agent(), body: body() })));
    else if (dice < 0.53) await swarm.cancel((await swarm.send({ to: agent(), body: body() })).id);
    else await consume(swarm, agent(), random);
  }
}

async function consume(swarm: Swarm, agent: string, random: Random): Promise<void> {
  for (const message of await swarm.lease(agent, { limit: 1 + Math.floor(random() * 3) })) {
    const dice = random();
    // Some are held on to: the consumer that outlives the hub.
    if (dice < 0.6) await swarm.ack(message).catch(unlessLost);
    else if (dice < 0.75) await swarm.nack(message, { delayMs: 0 }).catch(unlessLost);
    else if (dice < 0.8) await swarm.extend(message, { leaseMs: 90_000 }).catch(unlessLost);
  }
}

/** Another client may have cancelled it meanwhile. */
function unlessLost(error: unknown): void {
  if (!(error instanceof WaggleError && error.code === 'lease_lost')) throw error;
}
