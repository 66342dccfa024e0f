import type { Clock } from '../../clock.ts';
import { WaggleError } from '../../errors.ts';
import { ForbiddenAddress, guardedPost, type PostAnswer, type Resolve, systemResolve } from '../guarded-post.ts';
import type { Published, Publisher } from '../publisher.ts';
import { retryAfterMs } from '../retry-after.ts';
import { signWebhook } from '../webhook-signature.ts';
import { parseWebhookUrl } from '../webhook-url.ts';

export interface WebhookOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

/** Statuses after which this address will not take anything: asking on would only be a nuisance. */
const nothingMore = new Set([401, 403, 404, 410]);
/** The other side is busy or broken for now. */
const later = new Set([408, 409, 425, 429]);

/**
 * Posts JSON as Standard Webhooks say it: `{"type","timestamp","data"}`, signed, under an id that stays the same from try to
 * try. A destination's settings are `url` and `secret`.
 */
export function webhookPublisher(options: WebhookOptions): Publisher {
  const { clock, version, resolve = systemResolve, timeoutMs = 15_000 } = options;
  return {
    name: 'webhook',
    async publish(entry, destination, signal) {
      const { url = '', secret = '' } = destination.settings;
      const timestamp = new Date(entry.createdAt).toISOString();
      const body = `{"type":${JSON.stringify(entry.kind)},"timestamp":"${timestamp}","data":${entry.payload}}`;
      try {
        const to = parseWebhookUrl('url', url);
        const headers = {
          'content-type': 'application/json',
          'user-agent': `waggle/${version}`,
          ...signWebhook({ id: entry.id, atMs: clock.now(), body, secret }),
        };
        return judge(await guardedPost({ to, headers, body, clock, signal, resolve, timeoutMs }), clock.now());
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        // What was stored as an address or a key is none, or the name leads inside: no try will be better.
        const isHopeless = error instanceof WaggleError || error instanceof ForbiddenAddress;
        return isHopeless ? { outcome: 'refused', detail, disable: true } : { outcome: 'retry', detail };
      }
    },
  };
}

function judge({ status, headers }: PostAnswer, nowMs: number): Published {
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
