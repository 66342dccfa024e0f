import { WaggleError } from '../errors.ts';
import type { ImportInput } from '../hub/api.ts';
import type { ReceivedMessage, Swarm } from '../sdk/swarm.ts';

/** What a client of the hub knows for certain, and what it was told nothing about. */
export interface Knowledge {
  /** Accepted with a reply: these must exist, with this body, whatever happens. */
  readonly accepted: Map<string, string>;
  /** Acked with a reply: these must never be delivered again. */
  readonly acked: Set<string>;
  readonly unknown: Set<string>;
}

export function newKnowledge(): Knowledge {
  return { accepted: new Map(), acked: new Set(), unknown: new Set() };
}

let serial = 0;

/**
 * One round of everything a client can do to a hub, with every reply written down. Ends quietly when the hub dies under
 * it; any other failure is a finding and is thrown.
 */
export async function workload(swarm: Swarm, known: Knowledge, agents: readonly string[]): Promise<boolean> {
  try {
    await ensureAgents(swarm, agents);
    for (const agent of agents) await round(swarm, known, agent);
    await Promise.all(
      Array.from({ length: 16 }, (_, index) => send(swarm, known, agents[index % agents.length] ?? '')),
    );
    await finishRound(swarm, known, agents[0] ?? '');
    return true;
  } catch (error) {
    if (error instanceof WaggleError && (error.code === 'hub_unreachable' || error.code === 'draining')) return false;
    throw error;
  }
}

async function ensureAgents(swarm: Swarm, agents: readonly string[]): Promise<void> {
  const present = new Set((await swarm.agents.list()).map((agent) => agent.id));
  for (const id of agents) {
    if (!present.has(id)) await swarm.agents.add({ id, skills: ['work'] });
    await swarm.agents.heartbeat(id);
  }
  if (!present.has('passing')) await swarm.agents.add({ id: 'passing' });
  await swarm.agents.remove('passing', { cancelOpen: true });
}

async function round(swarm: Swarm, known: Knowledge, agent: string): Promise<void> {
  await send(swarm, known, agent);
  const bodies = [nextBody(), nextBody()];
  const receipts = await swarm.sendMany(bodies.map((body) => ({ to: agent, body })));
  receipts.forEach((receipt, index) => known.accepted.set(receipt.id, bodies[index] ?? ''));
  await sendWith(swarm, known, { to: agent, delayMs: 1 });
  const doomed = await swarm.send({ to: agent, body: nextBody() });
  known.unknown.add(doomed.id);
  await swarm.cancel(doomed.id);

  const leased = await swarm.lease(agent, { limit: 4, leaseMs: 60_000 });
  const [toAck, toNack, toExtend] = leased;
  if (toAck !== undefined) await ack(swarm, known, toAck);
  if (toNack !== undefined) await swarm.nack(toNack, { delayMs: 0, reason: 'not now' });
  if (toExtend !== undefined) {
    await swarm.extend(toExtend, { leaseMs: 30_000 });
    await ack(swarm, known, toExtend);
  }
}

async function finishRound(swarm: Swarm, known: Knowledge, agent: string): Promise<void> {
  // A short ttl, an overdue ack and a short lease, each brought about by the next look at the inbox.
  const brief = await swarm.send({ to: agent, body: nextBody(), ttlMs: 1 });
  known.unknown.add(brief.id);
  await sendWith(swarm, known, { to: agent, ackBy: new Date(0).toISOString() });
  await swarm.lease(agent, { limit: 1, leaseMs: 1 });
  await swarm.peek(agent, { limit: 1 });

  const poison = await swarm.send({ to: agent, body: nextBody(), priority: 'urgent' });
  known.unknown.add(poison.id);
  for (const message of await swarm.lease(agent, { limit: 3 }))
    await swarm.nack(message, { terminal: true, reason: 'poison' });
  const { dead } = await swarm.dead.list({ inbox: agent });
  const [first, ...rest] = dead;
  if (first !== undefined) await swarm.dead.redrive({ ids: [first.message.id] });
  for (const letter of rest) known.unknown.add(letter.message.id);
  if (rest.length > 0) await swarm.dead.purge({ ids: rest.map((letter) => letter.message.id) });
  await swarm.contexts.patch(agent, { round: nextBody() });
  await swarm.search('body');
  await swarm.importEntries([importEntry()], { addAgents: true });
}

async function send(swarm: Swarm, known: Knowledge, to: string): Promise<void> {
  await sendWith(swarm, known, { to });
}

async function sendWith(
  swarm: Swarm,
  known: Knowledge,
  options: { to: string; delayMs?: number; ackBy?: string },
): Promise<void> {
  const body = nextBody();
  const { id } = await swarm.send({ ...options, body });
  known.accepted.set(id, body);
}

async function ack(swarm: Swarm, known: Knowledge, message: ReceivedMessage): Promise<void> {
  await swarm.ack(message);
  known.acked.add(message.id);
}

function nextBody(): string {
  serial += 1;
  return `body ${process.pid} ${serial}`;
}

function importEntry(): ImportInput {
  serial += 1;
  return {
    key: `recovered:${process.pid}-${serial}`,
    to: null,
    bodyText: `salvaged ${serial}`,
    bodyType: 'text',
    priority: 'normal',
    state: 'ready',
    provenance: { source: 'test' },
  };
}

/** What a restarted hub got wrong, in words; empty when every promise held. Settles everything it can get. */
export async function findBrokenPromises(swarm: Swarm, known: Knowledge, agents: readonly string[]): Promise<string[]> {
  const broken: string[] = [];
  for (const [id, body] of known.accepted) {
    const found = await swarm.message(id).catch(() => undefined);
    if (found === undefined && !known.unknown.has(id)) broken.push(`accepted ${id} is lost`);
    else if (found !== undefined && found.message.bodyText !== body) broken.push(`accepted ${id} was altered`);
    else if (known.acked.has(id) && found?.message.state !== 'acked')
      broken.push(`acked ${id} is ${found?.message.state}`);
  }
  // A hub killed early has not heard of all of them.
  const registered = new Set((await swarm.agents.list()).map((agent) => agent.id));
  for (const agent of agents.filter((id) => registered.has(id))) {
    for (;;) {
      const leased = await swarm.lease(agent, { limit: 100 });
      if (leased.length === 0) break;
      for (const message of leased) {
        if (known.acked.has(message.id)) broken.push(`acked ${message.id} was delivered again`);
        await ack(swarm, known, message);
      }
    }
  }
  const report = await swarm.queue.verify();
  broken.push(...report.problems.map((problem) => `${problem.what}: ${problem.detail}`));
  return broken;
}
