import { z } from 'zod';
import { invalidInput } from '../errors.ts';
import type { MessageLimits } from '../message/limits.ts';
import type { Selection } from '../message/message-store.ts';
import type { SelectionInput } from './api.ts';
import { agentId, messageId } from './fields.ts';

export function selectionInput(limits: MessageLimits) {
  return z.strictObject({
    ids: z.array(messageId).min(1, 'must name at least one message').max(limits.batch).exactOptional(),
    inbox: agentId.exactOptional(),
    all: z.boolean().exactOptional(),
  });
}

/** For the audit log. */
export function describeSelection({ ids, inbox, all }: SelectionInput): string {
  if (ids !== undefined) return ids.length === 1 ? (ids[0] ?? '') : `${ids.length} messages`;
  return inbox ?? (all === true ? 'all' : 'nothing');
}

/** Acting on everything must be asked for by name. */
export function requireSelection({ ids, inbox, all }: SelectionInput): Selection {
  const given = [ids !== undefined, inbox !== undefined, all === true].filter(Boolean).length;
  if (given !== 1) throw invalidInput('selection', { ids, inbox, all }, 'give exactly one of ids, inbox or all');
  if (ids !== undefined) return { ids: [...new Set(ids)] };
  return inbox === undefined ? {} : { inbox };
}
