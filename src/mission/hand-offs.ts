import { packBrief } from '../context/brief.ts';
import type { BriefSection } from '../context/brief-section.ts';
import { invalidInput, WaggleError } from '../errors.ts';
import type { MessageLimits } from '../message/limits.ts';
import type { Store, Tx } from '../store/store.ts';
import { type HandOff, mostHops } from './hand-off.ts';
import { messageTo, noticeOf, offerBody } from './hand-off-messages.ts';
import type { HandOffFilter } from './hand-off-store.ts';
import { type Mission, stateOf } from './mission.ts';

export interface OfferRequest {
  readonly mission: string;
  /** Who offers; must be the owner. Default: the owner, for whom the operator speaks. */
  readonly from?: string;
  readonly to: string;
  readonly note?: string;
  readonly ttlMs: number;
  readonly briefTokens: number;
  /** The operator has seen that this goes round in a circle, or far. */
  readonly approved: boolean;
  readonly via?: string;
}

export interface HandOffParts {
  readonly store: Store;
  readonly limits: Pick<MessageLimits, 'leaseMs' | 'maxAttempts'>;
  /** What of an agent's brief goes on with its work. */
  readonly sections: readonly BriefSection[];
  readonly boundary: () => string;
}

/** Overdue offers settled in one go. */
const overdueBatch = 100;

/**
 * A mission changes hands: offered by its owner, accepted or declined by whom it is offered to. Whatever belongs to one
 * step is one transaction, so at every moment, and after every crash, the mission has exactly one owner and each of the
 * messages under way one holder.
 */
export class HandOffs {
  readonly #parts: HandOffParts;
  readonly #store: Store;
  readonly #listeners = new Set<() => void>();

  constructor(parts: HandOffParts) {
    this.#parts = parts;
    this.#store = parts.store;
  }

  /**
   * Puts an offer into the next owner's inbox: a message of kind `hand-off` with a brief of the work, whose id is the
   * offer's. Errors: `not_found` (mission, agent), `forbidden` for anybody but the owner and for circles and long chains
   * nobody approved, `illegal_transition` for a dropped mission or one that is on offer already.
   */
  async offer(request: OfferRequest): Promise<HandOff> {
    const { to, note, ttlMs, briefTokens, via } = request;
    const seen = await this.#mission(this.#store, request.mission);
    // Reading for the brief takes its time; who owns what is decided in the transaction after it.
    const { text } = await packBrief(seen.owner, this.#parts.sections, briefTokens, this.#parts.boundary);
    const offered = await this.#store.transaction(async (tx) => {
      await settleOverdue(tx, this.#parts);
      const mission = await this.#mission(tx, request.mission);
      await this.#requireOfferable(tx, mission, request);
      const from = mission.owner;
      const message = messageTo(to, this.#parts, {
        from,
        ...(via === undefined ? {} : { via }),
        kind: 'hand-off',
        subject: `Hand-off offered: ${mission.id}`,
        body: offerBody(mission, { from, brief: text, ...(note === undefined ? {} : { note }) }),
        priority: 'high',
        ttlMs,
      });
      const [receipt] = await tx.messages.accept([message]);
      const id = receipt?.ids[0];
      if (id === undefined) throw new Error('the offer was accepted without a message');
      const { epoch } = mission;
      return tx.handOffs.add({
        id,
        mission: mission.id,
        from,
        to,
        epoch,
        ttlMs,
        ...(note === undefined ? {} : { note }),
      });
    });
    this.#tell();
    return offered;
  }

  /**
   * The mission and all the former owner holds are `agent`'s from here on. Accepting what was accepted answers the same.
   * `forbidden` for anybody but the addressee, `illegal_transition` when the offer is over, `version_conflict` when the
   * mission changed hands otherwise.
   */
  accept(id: string, agent: string): Promise<HandOff> {
    return this.#store.transaction(async (tx) => {
      const handOff = await this.#answerable(tx, id, agent, 'accepted');
      if (handOff.state === 'accepted') return handOff;
      const { from, to, mission, epoch } = handOff;
      if (stateOf(await this.#mission(tx, mission)) === 'dropped') throw over(handOff, 'its mission was dropped');
      const leases = await tx.handOffs.moveLeases({ from, to, leaseMs: this.#parts.limits.leaseMs });
      const { epoch: nextEpoch } = await tx.missions.transfer(mission, epoch, to);
      const settled = await tx.handOffs.settle(handOff.id, { state: 'accepted', by: agent, nextEpoch, leases });
      await notify(tx, from, this.#parts, noticeOf(settled));
      return settled;
    });
  }

  /** The owner keeps it and is told. Declining what was declined answers the same. Errors as for `accept`. */
  decline(id: string, agent: string, reason?: string): Promise<HandOff> {
    return this.#store.transaction(async (tx) => {
      const handOff = await this.#answerable(tx, id, agent, 'declined');
      if (handOff.state === 'declined') return handOff;
      const why = reason === undefined ? {} : { reason };
      const settled = await tx.handOffs.settle(handOff.id, { state: 'declined', by: agent, ...why });
      await notify(tx, handOff.from, this.#parts, noticeOf(settled));
      return settled;
    });
  }

  /** The owner takes the offer back; `by` is the owner, or the operator. Withdrawing it again answers the same. */
  withdraw(id: string, by: string, reason?: string): Promise<HandOff> {
    return this.#store.transaction(async (tx) => {
      const handOff = await this.#settledInTime(tx, id);
      if (by !== 'operator' && by !== handOff.from) throw notYours(handOff, by, handOff.from, 'withdraw');
      if (handOff.state === 'withdrawn') return handOff;
      if (handOff.state !== 'offered') throw over(handOff, `it is ${handOff.state}`);
      const why = reason === undefined ? {} : { reason };
      const settled = await tx.handOffs.settle(handOff.id, { state: 'withdrawn', by, ...why });
      await takeBackOffer(tx, settled, this.#parts);
      return settled;
    });
  }

  async get(id: string): Promise<HandOff> {
    return found(id, await this.#store.handOffs.get(id));
  }

  list(filter: HandOffFilter, limit: number): Promise<HandOff[]> {
    return this.#store.handOffs.list(filter, limit);
  }

  /** Settles what is overdue; resolves to the milliseconds until the next offer will be. */
  expire(): Promise<number | undefined> {
    return this.#store.transaction(async (tx) => {
      await settleOverdue(tx, this.#parts);
      return tx.handOffs.nextDueInMs();
    });
  }

  /** Called after each offer. Returns its own removal. */
  onOffer(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  async #mission(tx: Pick<Tx, 'missions'>, id: string): Promise<Mission> {
    const mission = await tx.missions.get(id);
    if (mission !== undefined) return mission;
    throw new WaggleError('not_found', `mission ${id} does not exist; waggle mission list shows which do`, {
      details: { field: 'mission', value: id },
    });
  }

  async #requireOfferable(
    tx: Tx,
    mission: Mission,
    { from = mission.owner, to, approved }: OfferRequest,
  ): Promise<void> {
    const { id, owner } = mission;
    if (from !== owner) {
      throw new WaggleError('forbidden', `mission ${id} is ${owner}'s; ${from} cannot hand it off`, {
        details: { mission: id, owner, from },
      });
    }
    if (stateOf(mission) === 'dropped') {
      throw new WaggleError('illegal_transition', `mission ${id} was dropped; there is nothing to hand off`, {
        details: { mission: id, state: 'dropped' },
      });
    }
    if (to === owner) throw invalidInput('to', to, `must be another than the owner of mission ${id}`);
    if ((await tx.agents.get(to)) === undefined) {
      throw new WaggleError('not_found', `agent ${to} is not registered; waggle agent list shows who is`, {
        details: { field: 'to', value: to },
      });
    }
    const [open] = await tx.handOffs.list({ mission: id, state: 'offered' }, 1);
    if (open !== undefined) {
      throw new WaggleError(
        'illegal_transition',
        `mission ${id} is on offer to ${open.to} already (${open.id}); withdraw that first`,
        { details: { mission: id, id: open.id, to: open.to, state: 'offered' } },
      );
    }
    if (!approved) await requireShortChain(tx, mission, to);
  }

  async #answerable(tx: Tx, id: string, agent: string, wanted: 'accepted' | 'declined'): Promise<HandOff> {
    const handOff = await this.#settledInTime(tx, id);
    if (handOff.to !== agent) throw notYours(handOff, agent, handOff.to, wanted === 'accepted' ? 'accept' : 'decline');
    if (handOff.state !== 'offered' && handOff.state !== wanted) throw over(handOff, `it is ${handOff.state}`);
    return handOff;
  }

  async #settledInTime(tx: Tx, id: string): Promise<HandOff> {
    await settleOverdue(tx, this.#parts);
    return found(id, await tx.handOffs.get(id));
  }
}

/** Work that wanders is work nobody does: a circle or a long chain needs somebody to have looked. */
async function requireShortChain(tx: Tx, { id }: Mission, to: string): Promise<void> {
  const before = await tx.handOffs.list({ mission: id, state: 'accepted' }, mostHops);
  const isCircle = before.some(({ from }) => from === to);
  if (!isCircle && before.length < mostHops) return;
  const why = isCircle ? `${to} had it before` : `it has changed hands ${before.length} times`;
  throw new WaggleError('forbidden', `mission ${id}: ${why}; the operator must approve (approve: true, --approve)`, {
    details: { mission: id, to, hops: before.length, limit: mostHops },
  });
}

async function settleOverdue(tx: Tx, parts: HandOffParts): Promise<void> {
  for (const { id, from } of await tx.handOffs.overdue(overdueBatch)) {
    const settled = await tx.handOffs.settle(id, { state: 'expired', by: 'hub' });
    await takeBackOffer(tx, settled, parts);
    await notify(tx, from, parts, noticeOf(settled));
  }
}

/** An offer that nobody has taken out of the inbox goes with it; who has read it is told. */
async function takeBackOffer(tx: Tx, handOff: HandOff, parts: HandOffParts): Promise<void> {
  const message = await tx.messages.get(handOff.id);
  if (message?.state === 'ready' || message?.state === 'scheduled') await tx.messages.cancel(handOff.id);
  else if (message !== undefined && message.state !== 'expired') await notify(tx, handOff.to, parts, noticeOf(handOff));
}

async function notify(
  tx: Tx,
  agent: string,
  parts: HandOffParts,
  notice: { subject: string; body: string },
): Promise<void> {
  if ((await tx.agents.get(agent)) === undefined) return;
  const message = messageTo(agent, parts, { ...notice, from: 'operator', kind: 'notice', priority: 'high' });
  // A full inbox is no reason to keep a mission from its next owner.
  await tx.messages.accept([{ ...message, ignoreInboxLimits: true }]);
}

function found(id: string, handOff: HandOff | undefined): HandOff {
  if (handOff !== undefined) return handOff;
  throw new WaggleError('not_found', `hand-off ${id} does not exist; waggle hand-off list shows which do`, {
    details: { field: 'id', value: id },
  });
}

function notYours({ id }: HandOff, agent: string, whose: string, act: string): WaggleError {
  return new WaggleError('forbidden', `hand-off ${id}: only ${whose} may ${act} it, not ${agent}`, {
    details: { id, agent, only: whose },
  });
}

function over({ id, state, mission }: HandOff, why: string): WaggleError {
  return new WaggleError('illegal_transition', `hand-off ${id} of mission ${mission}: ${why}; nothing changed hands`, {
    details: { id, mission, state },
  });
}
