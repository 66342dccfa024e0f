import type { Agent } from '../agent/agent.ts';
import { judgeLiveness, type Sign } from '../agent/liveness.ts';
import { isLive } from '../process/process.ts';
import type { WireAgentView } from './agent-api.ts';
import type { Hub } from './hub.ts';
import { instant, presentAgent } from './present.ts';

/** An agent with what the hub makes of it: whether it is there, on what evidence, and which token it has. */
export async function viewAgent(hub: Hub, agent: Agent): Promise<WireAgentView> {
  const { verdict, evidence } = judgeLiveness(await signsOf(hub, agent), hub.clock.now());
  const token = hub.identities.tokenOf(agent.id);
  return {
    ...presentAgent(agent),
    liveness: verdict,
    evidence: evidence.map(({ at, ...sign }) => ({ ...sign, at: instant(at) })),
    ...(token === undefined ? {} : { token: { role: token.role, incarnation: token.incarnation } }),
  };
}

/** What was seen of an agent by its own doing; mail that came for it is no sign. */
async function signsOf(hub: Hub, { id, state, stateAt, lastSeenAt }: Agent): Promise<Sign[]> {
  const heard: Sign[] = lastSeenAt === undefined ? [] : [{ kind: 'heartbeat', tells: 'life', at: lastSeenAt }];
  const left: Sign[] =
    state === 'offline' && stateAt !== undefined
      ? [{ kind: 'report', tells: 'end', at: stateAt, detail: 'it said that it is offline' }]
      : [];
  return [...hub.signsOfLife.of(id), ...heard, ...left, ...(await signsOfProgram(hub, id))];
}

async function signsOfProgram(hub: Hub, agent: string): Promise<Sign[]> {
  const life = await hub.store.processes.latest(agent);
  if (life === undefined) return [];
  const startedAt = life.startedAt ?? life.createdAt;
  const started: Sign = {
    kind: 'program',
    tells: 'life',
    at: startedAt,
    detail: `incarnation ${life.incarnation} began`,
  };
  if (isLive(life)) {
    return [started, { kind: 'program', tells: 'presence', at: startedAt, detail: `its program is ${life.state}` }];
  }
  return [
    started,
    { kind: 'program', tells: 'end', at: life.endedAt ?? startedAt, detail: `its program ${life.state}` },
  ];
}
