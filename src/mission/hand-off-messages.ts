import type { MessageLimits } from '../message/limits.ts';
import type { Priority } from '../message/message.ts';
import type { AcceptRequest } from '../message/message-store.ts';
import type { HandOff } from './hand-off.ts';
import { type Mission, nextUnits } from './mission.ts';

/** One message of this room to one agent. */
export function messageTo(
  inbox: string,
  { limits }: { limits: Pick<MessageLimits, 'maxAttempts'> },
  message: {
    from: string;
    via?: string;
    kind: string;
    subject: string;
    body: string;
    priority: Priority;
    ttlMs?: number;
  },
): AcceptRequest {
  return { ...message, inboxes: [inbox], bodyType: 'text', maxAttempts: limits.maxAttempts };
}

/** What the next owner reads: what it is, how to answer, and a brief of the work so far. */
export function offerBody(
  mission: Mission,
  { from, note, brief }: { from: string; note?: string; brief: string },
): string {
  const { id, title, done, of } = mission;
  const next = nextUnits(mission);
  const lines = [
    `${from} offers you mission ${id}${title === undefined ? '' : ` (${title})`}: ${done} of ${of} units are done.`,
    ...(next.length === 0 ? [] : [`Next: ${next.slice(0, 10).join('; ')}`]),
    'Accept or decline with the id of this message: the tool hand_off, or waggle hand-off accept|decline ID. It is not yours before you accept.',
    ...(note === undefined ? [] : ['', `What ${from} wants you to know:`, note]),
    '',
    brief,
  ];
  return lines.join('\n');
}

/** What those concerned are told once an offer is settled. */
export function noticeOf({ id, mission, from, to, state, reason, leases }: HandOff): { subject: string; body: string } {
  const why = reason === undefined ? '' : `: ${reason}`;
  const moved =
    leases.length === 0 ? '' : ` ${leases.length} messages you held are ${to}'s now; your settles of them are refused.`;
  const bodies = {
    offered: `${from} offers mission ${mission} to ${to}.`,
    accepted: `${to} has accepted mission ${mission}: it is ${to}'s from now on. Stop working on it.${moved}`,
    declined: `${to} declines mission ${mission}${why}. It is still yours.`,
    withdrawn: `${from} has withdrawn the offer of mission ${mission}${why}. There is nothing to answer any more.`,
    expired: `The offer of mission ${mission} to ${to} has run out. It is still ${from}'s.`,
  } as const;
  return { subject: `Hand-off ${state}: ${mission}`, body: `${bodies[state]} (${id})` };
}
