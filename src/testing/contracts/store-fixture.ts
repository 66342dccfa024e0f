import { expect } from 'vitest';
import type { BackoffPolicy } from '../../backoff.ts';
import { type ErrorCode, WaggleError } from '../../errors.ts';
import type { MessageId } from '../../ids.ts';
import { defaultLimits, type MessageLimits } from '../../message/limits.ts';
import type { LeasedMessage, Message, MessageState } from '../../message/message.ts';
import type { AcceptReceipt, AcceptRequest, MessageStore } from '../../message/message-store.ts';
import type { Store, StoreOptions } from '../../store/store.ts';
import { ManualClock } from '../manual-clock.ts';
import { seededRandom } from '../seeded-random.ts';

export type OpenStore = (options: StoreOptions) => Promise<Store>;

export interface FixtureOptions {
  readonly limits?: Partial<MessageLimits>;
  readonly backoff?: BackoffPolicy;
}

/** Lease time of the tests unless one is given. */
export const leaseMs = 30_000;

/** A fresh store under a manual clock, with agents `ada`, `bob` and `cy`. Proves its books when the test ends. */
export class StoreFixture implements AsyncDisposable {
  readonly store: Store;
  readonly clock: ManualClock;

  private constructor(store: Store, clock: ManualClock) {
    this.store = store;
    this.clock = clock;
  }

  static async open(open: OpenStore, options: FixtureOptions = {}): Promise<StoreFixture> {
    const clock = new ManualClock();
    const store = await open({
      clock,
      random: seededRandom(1),
      limits: { ...defaultLimits, ...options.limits },
      backoff: options.backoff ?? { minMs: 1_000, maxMs: 60_000 },
    });
    for (const id of ['ada', 'bob', 'cy']) await store.agents.add({ id, skills: [] });
    return new StoreFixture(store, clock);
  }

  get messages(): MessageStore {
    return this.store.messages;
  }

  /** Accepts one message; by default from bob to ada. */
  async accept(request: Partial<AcceptRequest> = {}): Promise<AcceptReceipt> {
    const [receipt] = await this.messages.accept([requestOf(request)]);
    if (receipt === undefined) throw new Error('accept answered no receipt');
    return receipt;
  }

  /** As `accept`, for its first id. */
  async send(request: Partial<AcceptRequest> = {}): Promise<MessageId> {
    return firstId(await this.accept(request));
  }

  /** One message per body, in one call each. */
  async sendAll(bodies: readonly string[], request: Partial<AcceptRequest> = {}): Promise<void> {
    for (const body of bodies) await this.send({ ...request, body });
  }

  lease(limit = 1, inbox = 'ada', forMs = leaseMs): Promise<LeasedMessage[]> {
    return this.messages.lease({ inbox, limit, leaseMs: forMs });
  }

  /** Leases exactly one message. */
  async leaseOne(inbox = 'ada', forMs = leaseMs): Promise<LeasedMessage> {
    const [message] = await this.lease(1, inbox, forMs);
    if (message === undefined) throw new Error(`nothing to lease in ${inbox}`);
    return message;
  }

  async leaseBodies(limit = 100, inbox = 'ada'): Promise<string[]> {
    return (await this.lease(limit, inbox)).map((message) => message.body);
  }

  async get(id: string): Promise<Message> {
    const message = await this.messages.get(id);
    if (message === undefined) throw new Error(`no message ${id}`);
    return message;
  }

  async stateOf(id: string): Promise<MessageState> {
    return (await this.get(id)).state;
  }

  /** A message that used up its only attempt. */
  async sendDead(request: Partial<AcceptRequest> = {}, reason = 'broken'): Promise<MessageId> {
    const id = await this.send({ ...request, maxAttempts: 1 });
    const leased = await this.leaseOne(request.inboxes?.[0]);
    if (leased.id !== id) throw new Error('sendDead needs an inbox without other deliverable messages');
    await this.messages.nack(leased, { reason });
    return id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.store.health().state === 'open') {
      expect((await this.messages.verify()).problems).toEqual([]);
    }
    await this.store.close();
  }
}

export function requestOf(request: Partial<AcceptRequest> = {}): AcceptRequest {
  return {
    inboxes: ['ada'],
    from: 'bob',
    body: 'hello',
    bodyType: 'text',
    kind: 'note',
    priority: 'normal',
    maxAttempts: 3,
    ...request,
  };
}

export function firstId(receipt: AcceptReceipt | undefined): MessageId {
  const id = receipt?.ids[0];
  if (id === undefined) throw new Error('the receipt holds no id');
  return id;
}

/** The error a call is refused with; the test fails when the call succeeds or fails in another way. */
export async function refusal(call: Promise<unknown>, code: ErrorCode): Promise<WaggleError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WaggleError);
  expect(error).toMatchObject({ code });
  return error as WaggleError; // just asserted
}
