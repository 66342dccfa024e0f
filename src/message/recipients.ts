import type { Agent } from '../agent/agent.ts';
import { WaggleError } from '../errors.ts';

/** Whom a send is for. `role:x`, `skill:x` and `all` give every such agent a message of its own, never the sender. */
export type Recipient =
  | { readonly kind: 'agent'; readonly id: string }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'skill'; readonly skill: string }
  | { readonly kind: 'all' };

type Candidate = Pick<Agent, 'id' | 'role' | 'skills'>;

const groupPattern = /^(role|skill):([a-z0-9][a-z0-9._-]{0,63})$/;

export function parseRecipient(to: string): Recipient {
  if (to === 'all') return { kind: 'all' };
  if (!to.includes(':')) return { kind: 'agent', id: to };
  const group = groupPattern.exec(to);
  if (group === null) return { kind: 'agent', id: to };
  const [, kind, name = ''] = group;
  return kind === 'role' ? { kind: 'role', role: name } : { kind: 'skill', skill: name };
}

/** The agents a recipient means now, sorted by id. `not_found` when it means nobody: nothing is sent into the void. */
export function resolveRecipient(recipient: Recipient, sender: string, agents: readonly Candidate[]): string[] {
  const matching = agents.filter((agent) => agent.id !== sender && matches(recipient, agent)).map((agent) => agent.id);
  if (matching.length > 0) return matching;
  const wanted = describe(recipient);
  throw new WaggleError('not_found', `to: no agent matches ${wanted}; waggle agent list shows who is registered`, {
    details: { field: 'to', value: wanted },
  });
}

function matches(recipient: Recipient, agent: Candidate): boolean {
  switch (recipient.kind) {
    case 'agent':
      return agent.id === recipient.id;
    case 'role':
      return agent.role === recipient.role;
    case 'skill':
      return agent.skills.includes(recipient.skill);
    case 'all':
      return true;
  }
}

function describe(recipient: Recipient): string {
  switch (recipient.kind) {
    case 'agent':
      return recipient.id;
    case 'role':
      return `role:${recipient.role}`;
    case 'skill':
      return `skill:${recipient.skill}`;
    case 'all':
      return 'all';
  }
}
