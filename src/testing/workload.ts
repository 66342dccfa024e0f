import { WaggleError } from '../errors.ts';
import { checkHistory } from '../history/check-history.ts';
import { memoryHistory } from '../history/history-writer.ts';
import type { HistoryRecord } from '../history/record.ts';
import { recordFinals, recordSwarm } from '../history/record-swarm.ts';
import { Recorder } from '../history/recorder.ts';
import type { ImportInput } from '../hub/api.ts';
import type { Swarm } from '../sdk/swarm.ts';

/** What clients of the hub did and were told, over as many hubs as there were. */
export interface Knowledge {
  readonly records: HistoryRecord[];
  readonly recorder: Recorder;
}

export function newKnowledge(): Knowledge {
  const records: HistoryRecord[] = [];
  return { records, recorder: new Recorder(memoryHistory(records, 'client')) };
}

let serial = 0;

/**
 * One round of everything a client can do to a hub, with every reply written down. Ends quietly when the hub dies under
 * it; any other failure is a finding and is thrown.
 */
export async function workload(hub: Swarm, known: Knowledge, agents: readonly string[]): Promise<boolean> {
  const swarm = recordSwarm(hub, known.recorder);
  try {
    await ensureAgents(swarm, agents);
    for (const agent of agents) await round(swarm, agent);
    await Promise.all(Array.from({ length: 16 }, (_, index) => send(swarm, agents[index % agents.length] ?? '')));
    await finishRound(swarm, hub, agents[0] ?? '');
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
  if (!present.has('knocked')) await swarm.agents.add({ id: 'knocked' });
  // Its mail goes out by a door, as far as nobody listens there.
  await swarm.delivery.open('knocked', 'webhook', { url: 'http://127.0.0.1:9/' });
  if (!present.has('passing')) await swarm.agents.add({ id: 'passing' });
  await swarm.agents.report('passing', { state: 'working' });
  await swarm.agents.token('passing');
  await swarm.agents.remove('passing', { cancelOpen: true });
}

async function round(swarm: Swarm, agent: string): Promise<void> {
  await send(swarm, agent);
  await swarm.sendMany([nextBody(), nextBody()].map((body) => ({ to: agent, body })));
  await swarm.send({ to: agent, body: nextBody(), delayMs: 1 });
  const doomed = await swarm.send({ to: agent, body: nextBody() });
  await swarm.cancel(doomed.id);

  const leased = await swarm.lease(agent, { limit: 4, leaseMs: 60_000 });
  const [toAck, toNack, toExtend] = leased;
  if (toAck !== undefined) await swarm.ack(toAck);
  if (toNack !== undefined) await swarm.nack(toNack, { delayMs: 0, reason: 'not now' });
  if (toExtend !== undefined) {
    await swarm.extend(toExtend, { leaseMs: 30_000 });
    await swarm.ack(toExtend);
  }
}

async function finishRound(swarm: Swarm, hub: Swarm, agent: string): Promise<void> {
  // A short ttl, an overdue ack and a short lease, each brought about by the next look at the inbox.
  await swarm.send({ to: agent, body: nextBody(), ttlMs: 1 });
  await swarm.send({ to: agent, body: nextBody(), ackBy: new Date(0).toISOString() });
  await swarm.lease(agent, { limit: 1, leaseMs: 1 });
  await swarm.peek(agent, { limit: 1 });

  await swarm.send({ to: agent, body: nextBody(), priority: 'urgent' });
  for (const message of await swarm.lease(agent, { limit: 3 }))
    await swarm.nack(message, { terminal: true, reason: 'poison' });
  const { dead } = await swarm.dead.list({ inbox: agent });
  const [first, ...rest] = dead;
  if (first !== undefined) await swarm.dead.redrive({ ids: [first.message.id] });
  if (rest.length > 0) await swarm.dead.purge({ ids: rest.map((letter) => letter.message.id) });
  await swarm.contexts.patch(agent, { round: nextBody() });
  const mission = `mission-${process.pid}-${nextBody().split(' ').at(-1)}`;
  await swarm.missions.add({ id: mission, owner: agent, units: 4 });
  await swarm.missions.progress(agent, { mission, done: 1, of: 4, evidence: 'begun' });
  // Nobody listens there: the try fails, and its entry waits for the next.
  await swarm.outbox.add({ name: 'nowhere', url: 'http://127.0.0.1:9/' });
  await swarm.outbox.test('nowhere');
  await swarm.send({ to: 'knocked', body: nextBody() });
  await handOffMission(hub, nextBody().split(' ').at(-1) ?? '');
  await swarm.search('body');
  await swarm.importEntries([importEntry('ready'), importEntry('quarantined'), importEntry('quarantined')], {
    addAgents: true,
  });
  const [doubtful, worthless] = (await swarm.quarantine.list({ limit: 2 })).messages;
  if (doubtful !== undefined) await swarm.quarantine.release({ ids: [doubtful.id] });
  if (worthless !== undefined) await swarm.quarantine.purge({ ids: [worthless.id] });
}

/** Between agents of its own and unrecorded: a message that changes inboxes is no step the history knows. */
async function handOffMission(hub: Swarm, serial: string): Promise<void> {
  const [giver, taker, mission] = ['giver', 'taker', 'hand-off'].map((name) => `${name}-${process.pid}-${serial}`);
  if (giver === undefined || taker === undefined || mission === undefined) return;
  for (const id of [giver, taker]) await hub.agents.add({ id });
  await hub.missions.add({ id: mission, owner: giver, units: 2 });
  await hub.send({ to: giver, body: 'held' });
  await hub.lease(giver);
  const { id } = await hub.handOffs.offer({ mission, to: taker });
  const { leases } = await hub.handOffs.accept(id, { agent: taker });
  for (const lease of leases) await hub.ack(lease);
  for (const agent of [giver, taker]) await hub.agents.remove(agent, { cancelOpen: true });
}

async function send(swarm: Swarm, to: string): Promise<void> {
  await swarm.send({ to, body: nextBody() });
}

function nextBody(): string {
  serial += 1;
  return `body ${process.pid} ${serial}`;
}

function importEntry(state: ImportInput['state']): ImportInput {
  serial += 1;
  return {
    key: `recovered:${process.pid}-${serial}`,
    to: null,
    bodyText: `salvaged ${serial}`,
    bodyType: 'text',
    priority: 'normal',
    state,
    provenance: { source: 'test' },
  };
}

/** What a restarted hub got wrong, in words; empty when every promise held. Settles everything it can get. */
export async function findBrokenPromises(hub: Swarm, known: Knowledge, agents: readonly string[]): Promise<string[]> {
  const { records, recorder } = known;
  const swarm = recordSwarm(hub, recorder);
  // A hub killed early has not heard of all of them.
  const registered = new Set((await swarm.agents.list()).map((agent) => agent.id));
  for (const agent of agents.filter((id) => registered.has(id))) {
    for (;;) {
      const leased = await swarm.lease(agent, { limit: 100 });
      if (leased.length === 0) break;
      // The store may refuse a settle that came too late; the history says whether it should have.
      for (const message of leased) await swarm.ack(message).catch(() => {});
    }
  }
  await recordFinals(hub, recorder, new Set(records.flatMap(({ id }) => id ?? [])));
  const { findings, notChecked } = await checkHistory(records);
  const { problems } = await hub.queue.verify();
  return [
    ...findings.map((finding) => `${finding.class}: ${finding.sentence}`),
    ...notChecked,
    ...problems.map((problem) => `${problem.what}: ${problem.detail}`),
  ];
}
