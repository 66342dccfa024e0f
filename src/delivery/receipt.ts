import { isOpen, type Message } from '../message/message.ts';

/** Ways to an agent, from the quietest to the last resort; which is taken is decided by `choose-door.ts`. */
export const doorNames = [
  'pull',
  'hooks',
  'codex-app-server',
  'codex-queue',
  'exec',
  'tmux',
  'webhook',
  'legacy-inbox',
] as const;
export type DoorName = (typeof doorNames)[number];

/**
 * What became of telling an agent about one message, apart from the message itself.
 *
 *   trying ─→ injected ─→ seen
 *      ├────→ refused (nothing was done; another door or another time)
 *      └────→ uncertain (it may or may not have happened: never repeated by itself, guarantee G5)
 *
 * It counts for one `gen` of the message: a message that was taken and came back is told about anew.
 */
export interface DeliveryRecord {
  readonly messageId: string;
  readonly agent: string;
  readonly door: DoorName;
  readonly state: 'trying' | 'injected' | 'seen' | 'refused' | 'uncertain';
  /** Generation of the message when it began. */
  readonly gen: number;
  readonly tries: number;
  readonly begunAt: number;
  readonly injectedAt?: number;
  readonly seenAt?: number;
  readonly uncertainAt?: number;
  /** Why it was refused or is uncertain. */
  readonly why?: string;
}

export const receiptStates = ['stored', 'leased', 'injected', 'seen', 'acked', 'uncertain'] as const;
export type ReceiptState = (typeof receiptStates)[number];

/** How far a message has come on its way into an agent: each step with its time, as far as it is known. */
export interface Receipt {
  readonly state: ReceiptState;
  readonly agent: string;
  readonly storedAt: number;
  readonly leasedAt?: number;
  readonly injectedAt?: number;
  readonly seenAt?: number;
  readonly ackedAt?: number;
  readonly door?: DoorName;
  readonly uncertainAt?: number;
  readonly why?: string;
}

/** Stored, leased and acked are told by the message's own row; the rest by the record, if there is one. */
export function receiptOf(message: Message, record: DeliveryRecord | undefined): Receipt {
  const { leasedAt, settledAt, gen } = message;
  const ackedAt = message.state === 'acked' ? settledAt : undefined;
  const steps = {
    agent: message.inbox,
    storedAt: message.createdAt,
    ...(leasedAt === undefined || gen === 0 ? {} : { leasedAt }),
    ...(record?.injectedAt === undefined ? {} : { injectedAt: record.injectedAt }),
    ...(record?.seenAt === undefined ? {} : { seenAt: record.seenAt }),
    ...(ackedAt === undefined ? {} : { ackedAt }),
    ...(record === undefined ? {} : { door: record.door }),
    ...(record?.uncertainAt === undefined ? {} : { uncertainAt: record.uncertainAt }),
    ...(record?.why === undefined ? {} : { why: record.why }),
  };
  return { ...steps, state: stateOf(message, record) };
}

function stateOf(message: Message, record: DeliveryRecord | undefined): ReceiptState {
  if (message.state === 'acked') return 'acked';
  if (record?.state === 'seen') return 'seen';
  // Whoever leased it since has it, whatever became of the knock.
  const wasTaken = message.state === 'leased' || message.gen > (record?.gen ?? 0);
  if (record?.state === 'uncertain' && !wasTaken) return 'uncertain';
  if (record?.state === 'injected' && !wasTaken) return 'injected';
  return wasTaken ? 'leased' : 'stored';
}

/** Whether telling its agent about it still makes sense. */
export function isRelevant(message: Message | undefined): boolean {
  return message !== undefined && isOpen(message.state) && message.state === 'ready';
}
