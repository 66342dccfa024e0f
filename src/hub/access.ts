import type { Agent } from '../agent/agent.ts';
import type { Action, Condition } from '../agent/policy.ts';
import type { AgentToken } from '../agent/token-store.ts';
import type { Message } from '../message/message.ts';
import type { HandOff } from '../mission/hand-off.ts';
import type { Mission } from '../mission/mission.ts';
import type { Caller } from './operation.ts';

/** What deciding may look at. Asked only for callers that are not the operator, so the operator's calls pay nothing. */
export interface Look {
  readonly caller: Caller;
  /** `not_found` where there is none. */
  message(id: string): Promise<Message>;
  /** `not_found` where there is none. */
  mission(id: string): Promise<Mission>;
  /** `not_found` where there is none. */
  handOff(id: string): Promise<HandOff>;
  agents(): Promise<readonly Agent[]>;
  token(agent: string): AgentToken | undefined;
  /** Agents whom the configuration lets write shared contexts; `*` stands for all. */
  readonly sharedWriters: readonly string[];
}

/** How the policy applies to an operation: hub.call decides by it before anything runs. */
export interface Access<I> {
  readonly action: Action;
  /** The agents a call touches; all of them must be allowed. None, or no such function: it touches the whole swarm. */
  subjects?(input: I, look: Look): readonly string[] | Promise<readonly string[]>;
  /** Names the input speaks under. Only the operator speaks under another's than its own. */
  speaksAs?(input: I): readonly string[];
  /**
   * Whether the call keeps to a condition the policy grants under. `audited` and `metadata` are kept by hub.call itself;
   * any other that is not answered here with true is a refusal.
   */
  meets?(condition: Condition, input: I, subject: string | undefined, look: Look): boolean;
  /** Operator's controls: every call leaves a row in the audit log, with what became of it. */
  readonly isControl?: true;
  /** What a control is done to, in a word or two for that row; default: its subjects. */
  describe?(input: I): string;
}

/** Whose mail a listing without an inbox shows this caller: an agent its own; undefined for those who see all there is. */
export function ownMailOnly({ role, agent }: Caller): string | undefined {
  return role === 'agent' || role === 'lead' ? agent : undefined;
}

/** The subjects of an operation on one inbox, or on all mail the caller may see where it names none. */
export function inboxSubjects({ inbox }: { inbox?: string }, { caller }: Look): readonly string[] {
  const touched = inbox ?? ownMailOnly(caller);
  return touched === undefined ? [] : [touched];
}

/** For settling: the inbox the message lies in. */
export async function inboxOfMessage({ id }: { id: string }, look: Look): Promise<readonly string[]> {
  return [(await look.message(id)).inbox];
}

/** For reading: a message is its sender's and its recipient's. */
export async function partyOfMessage({ id }: { id: string }, look: Look): Promise<readonly string[]> {
  const { from, inbox } = await look.message(id);
  return [from === look.caller.agent ? from : inbox];
}

/** For withdrawing: it is its sender's to take back. */
export async function senderOfMessage({ id }: { id: string }, look: Look): Promise<readonly string[]> {
  return [(await look.message(id)).from];
}

/** For what concerns a mission: its owner. */
export async function ownerOfMission({ id }: { id: string }, look: Look): Promise<readonly string[]> {
  return [(await look.mission(id)).owner];
}

/** `shared` and its topics are the swarm's; any other namespace is an agent's. */
export function namespaceSubjects({ namespace }: { namespace: string }): readonly string[] {
  return namespace === 'shared' || namespace.startsWith('shared:') ? [] : [namespace];
}

/** Who speaks, as it is stored: an agent as itself; the operator as itself or, said as such, for another. */
export function speaker({ role, agent }: Caller, from: string | undefined): { from: string; via?: string } {
  if (role !== 'operator' && agent !== undefined) return { from: agent };
  return from === undefined || from === 'operator' ? { from: 'operator' } : { from, via: 'operator' };
}
