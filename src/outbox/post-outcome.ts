import { WaggleError } from '../errors.ts';
import { ForbiddenAddress, type PostAnswer } from './guarded-post.ts';
import type { Published } from './publisher.ts';
import { retryAfterMs } from './retry-after.ts';

/** Statuses after which this address will not take anything: asking on would only be a nuisance. */
const nothingMore = new Set([401, 403, 404, 410]);
/** The other side is busy or broken for now. */
const later = new Set([408, 409, 425, 429]);

/** What the answer to a post means for the entry; the same for everybody who posts over HTTP. */
export function judgeAnswer({ status, headers }: PostAnswer, nowMs: number): Published {
  const detail = `answered ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'sent', detail };
  if (status >= 300 && status < 400) {
    return {
      outcome: 'refused',
      detail: `${detail}; redirects are not followed, give the final address`,
      disable: true,
    };
  }
  if (nothingMore.has(status)) return { outcome: 'refused', detail, disable: true };
  if (!later.has(status) && status < 500) return { outcome: 'refused', detail };
  const afterMs = retryAfterMs(headers['retry-after'], nowMs);
  return { outcome: 'retry', detail, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** The same for a post that got no answer. */
export function judgeFailure(error: unknown): Published {
  const detail = error instanceof Error ? error.message : String(error);
  // What was stored as an address or a key is none, or the name leads inside: no try will be better.
  const isHopeless = error instanceof WaggleError || error instanceof ForbiddenAddress;
  return isHopeless ? { outcome: 'refused', detail, disable: true } : { outcome: 'retry', detail };
}
