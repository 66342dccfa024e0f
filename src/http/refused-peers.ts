import type { IncomingMessage } from 'node:http';
import { claimedAgent } from '../agent/token-text.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { type Clock, sleep } from '../clock.ts';
import type { WaggleError } from '../errors.ts';
import type { DoorLimits } from '../hub/config.ts';

const minuteMs = 60_000;
/** How long a peer that goes on guessing waits for each further answer. */
const delayMs = 1_000;

/**
 * Those who were turned away at the door: the audit log hears of each, and who keeps trying is answered slowly. Who is
 * let in is never slowed, so one peer's guesses cost another nothing.
 */
export class RefusedPeers {
  readonly #clock: Clock;
  readonly #audit: Pick<AuditTrail, 'note'>;
  readonly #quickRefusals: number;
  readonly #failures = new Map<string, { since: number; count: number }>();

  constructor(clock: Clock, audit: Pick<AuditTrail, 'note'>, { quickRefusals }: Pick<DoorLimits, 'quickRefusals'>) {
    this.#clock = clock;
    this.#quickRefusals = quickRefusals;
    this.#audit = audit;
  }

  /** Notes a refusal; resolves when it may be answered. */
  async note(request: IncomingMessage, { code, details }: WaggleError): Promise<void> {
    // Over the unix socket there is no address: all such peers count as one.
    const peer = request.socket.remoteAddress ?? 'unix socket';
    const claimed = claimedAgent((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    this.#audit.note(peer, {
      actor: peer,
      action: 'authenticate',
      outcome: 'refused',
      detail: typeof details['field'] === 'string' ? details['field'] : code,
      ...(claimed === undefined ? {} : { subject: claimed }),
    });
    if (this.#count(peer) > this.#quickRefusals) await sleep(this.#clock, delayMs);
  }

  #count(peer: string): number {
    const now = this.#clock.monotonic();
    const known = this.#failures.get(peer);
    const current = known === undefined || now - known.since >= minuteMs ? { since: now, count: 0 } : known;
    current.count += 1;
    this.#failures.set(peer, current);
    return current.count;
  }
}
