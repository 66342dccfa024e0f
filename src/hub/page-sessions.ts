import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { randomHex } from '../ids.ts';

/** How long an address with a code may lie in a terminal before somebody opens it. */
const codeMs = 5 * 60_000;
/** Every `waggle status` makes a code; the oldest make room. */
const mostCodes = 32;
/** A page that stays open signs in again after this long. */
const sessionMs = 12 * 3_600_000;

export interface PageSession {
  /** What the cookie holds. */
  readonly cookie: string;
  /** What every write must bring in the `x-waggle-csrf` header; another site cannot read it. */
  readonly csrf: string;
  readonly expiresAt: number;
}

/**
 * How the page becomes the operator: a code of one use, told only to who is the operator already, is exchanged for a
 * session. Codes live in this hub's memory. A session is signed with a key that follows from the operator's token, so
 * that it survives a restart of the hub and ends when the token is replaced; a hub keeps none.
 */
export class PageSessions {
  readonly #clock: Clock;
  readonly #key: Buffer;
  readonly #codes = new Map<string, number>();
  /** Cookies are shared by all ports of a host: each swarm's has a name of its own. */
  readonly cookieName: string;

  constructor(clock: Clock, operatorToken: string) {
    this.#clock = clock;
    this.#key = createHmac('sha256', operatorToken).update('waggle page session').digest();
    this.cookieName = `waggle_${createHash('sha256').update(this.#key).digest('hex').slice(0, 12)}`;
  }

  /** For the fragment of the page's address: it never leaves the browser but in the exchange. */
  newCode(): string {
    const oldest = this.#codes.keys().next().value;
    if (this.#codes.size >= mostCodes && oldest !== undefined) this.#codes.delete(oldest);
    const code = randomHex(16);
    this.#codes.set(digest(code), this.#clock.monotonic() + codeMs);
    return code;
  }

  /** `unauthorized` for a code that is used, too old, or was never given out. */
  exchange(code: string): PageSession {
    // Found by its hash, so that how long a look-up takes says nothing about codes.
    const name = digest(code);
    const endsAt = this.#codes.get(name);
    this.#codes.delete(name);
    if (endsAt === undefined || endsAt < this.#clock.monotonic()) {
      throw new WaggleError(
        'unauthorized',
        'this address was used already or is too old; waggle status prints a new one',
      );
    }
    return this.#session(this.#clock.now() + sessionMs, randomHex(8));
  }

  /** The session a cookie stands for; undefined for one that is over, made up, or of another token. */
  read(cookie: string): PageSession | undefined {
    const [expires = '', nonce = ''] = cookie.split('.');
    const expiresAt = Number(expires);
    if (!Number.isSafeInteger(expiresAt) || expiresAt <= this.#clock.now()) return undefined;
    const session = this.#session(expiresAt, nonce);
    return isSame(session.cookie, cookie) ? session : undefined;
  }

  #session(expiresAt: number, nonce: string): PageSession {
    const facts = `${expiresAt}.${nonce}`;
    return { cookie: `${facts}.${this.#sign('cookie', facts)}`, csrf: this.#sign('csrf', facts), expiresAt };
  }

  #sign(purpose: string, facts: string): string {
    return createHmac('sha256', this.#key).update(`${purpose} ${facts}`).digest('base64url');
  }
}

/** The comparison takes the same time whatever the texts are. */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
