import type { MessageDigest } from '../hub/api.ts';
import { type Digest, digest } from './digest.ts';
import type { HookPayload } from './hook-payload.ts';
import type { Occasion, Said } from './occasion.ts';
import { type SessionRecord, withIds } from './session-record.ts';
import { mayWake } from './wake-guard.ts';

/** Tokens a hook may put into the agent's context, by occasion: a tool boundary comes hundreds of times. */
const budgets = { start: 400, prompt: 400, tool: 250, stop: 400 } as const;

/** What the hub had to say. */
export interface Found {
  readonly unread: number;
  /** Most urgent first. */
  readonly messages: readonly MessageDigest[];
  readonly brief: string | undefined;
}

interface Situation {
  readonly occasion: Exclude<Occasion, 'end'>;
  readonly agent: string;
  readonly payload: HookPayload;
  readonly record: SessionRecord;
  readonly found: Found;
  /** Whether the agent is shown what is said now. */
  readonly hears: boolean;
  readonly now: number;
  readonly boundary: string;
}

/**
 * What is said at an event, and what is remembered of it. A message is told once in a conversation (again after its
 * history was cut); a turn that would end goes on only for urgent mail, within the guard's limits.
 */
export function decide(situation: Situation): { record: SessionRecord; value: Said } {
  const { occasion, record, hears } = situation;
  if (occasion === 'stop') return atStop(situation);
  if (!hears || occasion === 'compacted') return { record, value: {} };
  const { brief, messages } = situation.found;
  if (record.isBriefDue && brief !== undefined) {
    // The brief tells of the mail as well, or says that it left some out.
    const told = withIds(
      record.told,
      messages.map(({ id }) => id),
    );
    const named = messages.flatMap(({ id }) => (brief.includes(id) ? [id] : []));
    return { record: { ...record, told, isBriefDue: false }, value: { context: brief, told: named } };
  }
  const mail = newMail(situation, record, budgets[occasion]);
  const text = mail.text ?? (occasion === 'start' ? `Waggle: you are the agent ${situation.agent}.` : undefined);
  const value = text === undefined ? {} : { context: text, told: mail.named };
  return { record: { ...record, told: withIds(record.told, mail.told) }, value };
}

function atStop({ record, found, payload, hears, now, agent, boundary }: Situation): {
  record: SessionRecord;
  value: Said;
} {
  const chain = payload.isContinuation ? record.chain : 0;
  const idle = { ...record, chain, isIdle: !payload.isSubagent };
  const urgent = found.messages.filter(({ priority }) => priority === 'urgent');
  if (!hears || urgent.length === 0) return { record: idle, value: {} };
  const wake = mayWake(
    idle,
    urgent.map(({ id }) => id),
    now,
  );
  const waking = urgent.filter(({ id }) => wake.for.includes(id));
  const said = wakeWords(agent, waking, boundary);
  if (said === undefined) return { record: idle, value: {} };
  return { record: wake.record, value: { prompt: said.text, told: said.told } };
}

/** The prompt of a turn that is started for urgent mail; undefined without any. */
export function wakeWords(agent: string, messages: readonly MessageDigest[], boundary: string): Digest | undefined {
  if (messages.length === 0) return undefined;
  const head = `Waggle: ${count(messages.length, 'urgent message')} for ${agent}. Read with the check_inbox tool (or: waggle inbox ${agent}), act, settle with ack_message, then go on.`;
  return digest(head, messages, budgets.stop, boundary) ?? { text: head, told: [] };
}

function newMail({ occasion, agent, found, boundary }: Situation, record: SessionRecord, budget: number) {
  const fresh = found.messages.filter(({ id }) => !record.told.includes(id));
  // At a prompt also what was told before and is still unread is called to mind, in one line without a peer's words.
  const isReminder = fresh.length === 0 && occasion === 'prompt' && found.unread > 0;
  const head = `Waggle: ${count(found.unread, 'unread message')} for ${agent}; take them with the check_inbox tool (or: waggle inbox ${agent}).`;
  if (fresh.length === 0) return { text: isReminder ? head : undefined, told: [], named: [] };
  const made = digest(`${head} New:`, fresh, budget, boundary);
  return { text: made?.text ?? head, told: made?.told ?? fresh.map(({ id }) => id), named: made?.told ?? [] };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
