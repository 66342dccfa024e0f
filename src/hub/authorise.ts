import { type Action, type Condition, describeAction, grantOf, type Relation, rolesAllowed } from '../agent/policy.ts';
import { WaggleError } from '../errors.ts';
import type { Access, Look } from './access.ts';
import type { Hub } from './hub.ts';
import type { Caller, TokenHolder } from './operation.ts';

/** How a call that may go ahead must be kept: what the hub itself takes care of. */
export interface Permit {
  /** Subjects whose mail is read under the eye of the audit log. */
  readonly audited: readonly string[];
  readonly withoutBodies: boolean;
}

const keptByHub: ReadonlySet<Condition> = new Set(['audited', 'metadata']);

/** Decides by the policy whether an agent's call may run. `forbidden` names action, subject and role, and what would do. */
export async function authorise<I>(access: Access<I>, input: I, caller: TokenHolder, hub: Hub): Promise<Permit> {
  const look = lookFor(hub, caller);
  for (const name of access.speaksAs?.(input) ?? []) requireOwnName(name, access.action, caller);
  const subjects = [...new Set(await access.subjects?.(input, look))];
  const audited: string[] = [];
  let withoutBodies = false;
  for (const subject of subjects.length === 0 ? [undefined] : subjects) {
    const relation = await relationTo(subject, look);
    const grant = grantOf(caller.role, access.action, relation);
    const isGranted =
      grant === 'yes' ||
      (grant !== 'no' && (keptByHub.has(grant) || access.meets?.(grant, input, subject, look) === true));
    if (!isGranted) throw refusal({ action: access.action, subject, relation, caller });
    if (grant === 'audited' && subject !== undefined) audited.push(subject);
    if (grant === 'metadata') withoutBodies = true;
  }
  return { audited, withoutBodies };
}

/** `forbidden`, as everywhere, for whoever decides outside of an operation. */
export function refusal(refused: {
  action: Action;
  subject: string | undefined;
  relation: Relation;
  caller: TokenHolder;
}): WaggleError {
  const { action, subject, relation, caller } = refused;
  const { role, agent } = caller;
  const whom = subject === undefined ? 'the swarm' : subject === agent ? 'itself' : subject;
  const others = rolesAllowed(action, relation).filter((allowed) => allowed !== role);
  return new WaggleError(
    'forbidden',
    `${action}: ${agent} (role ${role}) may not ${describeAction(action)} for ${whom}; it takes a token of ${others.join(' or ')}, see docs/security.md`,
    { details: { action, subject: subject ?? null, relation, role, agent } },
  );
}

function requireOwnName(name: string, action: Action, { role, agent }: TokenHolder): void {
  if (name === agent) return;
  throw new WaggleError('forbidden', `from: ${agent} sends as itself and cannot speak as ${name}; leave from out`, {
    details: { field: 'from', value: name, action, subject: name, role, agent },
  });
}

async function relationTo(subject: string | undefined, look: Look): Promise<Relation> {
  const self = look.caller.agent;
  if (subject === undefined) return 'swarm';
  if (subject === self) return 'own';
  const agents = await look.agents();
  const teamOf = (id: string | undefined) => agents.find((agent) => agent.id === id)?.team;
  const team = teamOf(self);
  return team !== undefined && team === teamOf(subject) ? 'group' : 'other';
}

/** Each thing is read once a call. */
export function lookFor(hub: Hub, caller: Caller): Look {
  let agents: ReturnType<Look['agents']> | undefined;
  return {
    caller,
    sharedWriters: hub.sharedWriters,
    agents: () => (agents ??= hub.store.agents.list()),
    mission: (id) => hub.missions.get(id),
    handOff: (id) => hub.handOffs.get(id),
    token: (agent) => hub.identities.tokenOf(agent),
    async message(id) {
      const message = await hub.store.messages.get(id);
      if (message === undefined)
        throw new WaggleError('not_found', `message ${id} does not exist`, { details: { id } });
      return message;
    },
  };
}
