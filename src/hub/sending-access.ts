import type { Condition } from '../agent/policy.ts';
import { parseRecipient, resolveRecipient } from '../message/recipients.ts';
import type { Look } from './access.ts';

/** A send before it is judged; in a batch anything may stand in its place. */
type Draft = { readonly to?: unknown; readonly from?: unknown; readonly kind?: unknown };

/**
 * The agents a send is for; a group is each agent in it now, so that no broadcast reaches whom a direct send would not.
 * What is no send at all touches its caller alone: its own schema refuses it.
 */
export async function recipientsOf(draft: unknown, look: Look): Promise<readonly string[]> {
  const { to } = partsOf(draft);
  const self = look.caller.agent ?? '';
  if (typeof to !== 'string') return [self];
  const recipient = parseRecipient(to);
  return recipient.kind === 'agent' ? [recipient.id] : resolveRecipient(recipient, self, await look.agents());
}

export function namesOf(draft: unknown): readonly string[] {
  const { from } = partsOf(draft);
  return typeof from === 'string' ? [from] : [];
}

export function meetsSending(condition: Condition, draft: unknown, subject: string | undefined, look: Look): boolean {
  if (condition === 'notices') return partsOf(draft).kind === 'notice';
  return condition === 'leads' && subject !== undefined && look.token(subject)?.role === 'lead';
}

function partsOf(draft: unknown): Draft {
  return typeof draft === 'object' && draft !== null ? draft : {};
}
