import type { DeliveryRecord, DoorName, Receipt } from '../delivery/receipt.ts';

/** The operations on how agents are reached; a part of `Api`. */
export interface DeliveryApi {
  'delivery.status': { input: { agent: string; limit?: number }; output: WireDeliveryStatus; repeat: 'safe' };
  'delivery.open': { input: DoorInput; output: WireDoor & { secret?: string }; repeat: 'safe' };
  'delivery.close': { input: { agent: string; door: DoorName }; output: { closed: boolean }; repeat: 'recounted' };
  'delivery.saw': {
    input: { agent: string; ids: readonly string[]; step?: 'injected' | 'seen'; door?: DoorName };
    output: { marked: number };
    repeat: 'recounted';
  };
  'delivery.retry': { input: { id: string }; output: { id: string }; repeat: 'safe' };
}

export interface DoorInput {
  readonly agent: string;
  readonly door: DoorName;
  /** `webhook`: where to post; kept as a secret. `secret` as for `outbox.add`. */
  readonly url?: string;
  readonly secret?: string;
  /** `legacy-inbox`: the folder; `exec`: the working directory. Absolute. */
  readonly folder?: string;
  /** `codex-app-server`, `codex-queue`: its unix socket. Absolute. */
  readonly socket?: string;
  /** `codex-app-server`, `codex-queue`: which thread (default: the only one that is loaded). */
  readonly thread?: string;
  /** `exec`: which client's command line resumes the session. */
  readonly client?: 'claude' | 'codex';
  /** `exec`: the session that is resumed. */
  readonly session?: string;
}

/** A door as people see it: which of its settings are told is the door's to say; none is a secret. */
export interface WireDoor {
  readonly door: DoorName;
  readonly open: boolean;
  /** Why it is not. */
  readonly reason?: string;
  readonly cost: 'nothing' | 'a turn' | 'a process';
  readonly settings: Readonly<Record<string, string>>;
}

export interface WireDeliveryStatus {
  readonly agent: string;
  /** In the order they are tried for mail of normal urgency. */
  readonly doors: readonly WireDoor[];
  /** The latest first; those that are uncertain wait for somebody's word. */
  readonly records: readonly WireDeliveryRecord[];
  readonly uncertain: readonly WireDeliveryRecord[];
}

export type WireDeliveryRecord = Omit<DeliveryRecord, 'begunAt' | 'injectedAt' | 'seenAt' | 'uncertainAt' | 'gen'> & {
  readonly begunAt: string;
  readonly injectedAt?: string;
  readonly seenAt?: string;
  readonly uncertainAt?: string;
};

export type WireReceipt = Omit<
  Receipt,
  'storedAt' | 'leasedAt' | 'injectedAt' | 'seenAt' | 'ackedAt' | 'uncertainAt'
> & {
  readonly storedAt: string;
  readonly leasedAt?: string;
  readonly injectedAt?: string;
  readonly seenAt?: string;
  readonly ackedAt?: string;
  readonly uncertainAt?: string;
};
