import type { Clock } from '../../clock.ts';
import { guardedPost, type Resolve, systemResolve } from '../guarded-post.ts';
import { judgeAnswer, judgeFailure } from '../post-outcome.ts';
import type { Publisher } from '../publisher.ts';
import { signWebhook } from '../webhook-signature.ts';
import { parseWebhookUrl } from '../webhook-url.ts';

export interface WebhookOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

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
        return judgeAnswer(await guardedPost({ to, headers, body, clock, signal, resolve, timeoutMs }), clock.now());
      } catch (error) {
        return judgeFailure(error);
      }
    },
  };
}
