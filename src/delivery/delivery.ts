import type { BackoffPolicy, Random } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { EventType } from '../events.ts';
import { aborted, type Service } from '../service.ts';
import type { Store } from '../store/store.ts';
import type { DeliveryDoor } from './delivery-door.ts';
import { DeliveryLoop } from './delivery-loop.ts';
import { defaultLoopLimits, type GuardedMessage, LoopGuard, type LoopLimits } from './loop-guard.ts';

/** What of delivery is configuration. */
export interface DeliveryPolicy extends LoopLimits {
  /** Wakes an agent gets in a minute. */
  readonly wakesPerMinute: number;
}

export const defaultDelivery: DeliveryPolicy = { ...defaultLoopLimits, wakesPerMinute: 6 };

export interface DeliveryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: BackoffPolicy;
  readonly policy: DeliveryPolicy;
  readonly doors: readonly DeliveryDoor[];
}

const registry: readonly EventType[] = ['agent.added', 'agent.removed', 'agent.client-noted'];

/** The delivery room as the hub uses it: the loop that knocks, and the guard before whom every send passes. */
export class Delivery {
  readonly loop: DeliveryLoop;
  readonly #store: Store;
  readonly #guard: LoopGuard;
  /** Agents that a model drives: those registered with the client they run in. */
  #models: ReadonlySet<string> = new Set();

  constructor({ store, clock, random, backoff, policy, doors }: DeliveryOptions) {
    this.#store = store;
    const { wakesPerMinute } = policy;
    this.loop = new DeliveryLoop({ store, clock, random, backoff, doors, wakesPerMinute });
    this.#guard = new LoopGuard({
      limits: policy,
      clock,
      isModel: (agent) => this.#models.has(agent),
      onStop: ({ from, to, ...loop }) => {
        const data = { from, to, ...loop };
        // A refusal that cannot be told is a refusal all the same.
        store.events.append({ type: 'delivery.loop', agent: from, inbox: to, data }).catch(() => {});
      },
    });
  }

  /** Throws `loop_stopped` for what must not be accepted. */
  pass(message: GuardedMessage): void {
    this.#guard.pass(message);
  }

  services(): readonly Service[] {
    return [this.loop, { name: 'model-agents', run: (signal) => this.#watchModels(signal) }];
  }

  async #watchModels(signal: AbortSignal): Promise<void> {
    const read = async () => {
      const agents = await this.#store.agents.list();
      this.#models = new Set(agents.filter(({ client }) => client !== undefined).map(({ id }) => id));
    };
    const stopListening = this.#store.onCommit(({ told }) => {
      if (registry.some((type) => told.has(type))) read().catch(() => {});
    });
    await read().catch(() => {});
    await aborted(signal);
    stopListening();
  }
}
