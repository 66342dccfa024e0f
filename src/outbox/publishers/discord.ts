import { guardedPost, type PostAnswer, systemResolve } from '../guarded-post.ts';
import { judgeAnswer, judgeFailure } from '../post-outcome.ts';
import type { Published, Publisher } from '../publisher.ts';
import { retryAfterMs } from '../retry-after.ts';
import { parseWebhookUrl } from '../webhook-url.ts';
import type { WebhookOptions } from './webhook.ts';

/** The longest text of one Discord message. */
export const discordTextLength = 2_000;

/**
 * Posts a text to a Discord channel's webhook. An entry's payload is `{"content": text}`; nothing in the text calls
 * anybody. Discord says how many posts are left and when there are more again, and the destination waits for that. A
 * destination's setting is `url`.
 */
export function discordPublisher(options: WebhookOptions): Publisher {
  const { clock, version, resolve = systemResolve, timeoutMs = 15_000 } = options;
  return {
    name: 'discord',
    async publish(entry, destination, signal) {
      const { content } = JSON.parse(entry.payload) as { content?: string }; // written by a room of ours
      const text = (content ?? 'A test from Waggle: this channel hears of alerts.').slice(0, discordTextLength);
      const body = JSON.stringify({ content: text, allowed_mentions: { parse: [] } });
      const headers = { 'content-type': 'application/json', 'user-agent': `waggle/${version}` };
      try {
        const to = parseWebhookUrl('url', destination.settings['url'] ?? '');
        const answer = await guardedPost({ to, headers, body, clock, signal, resolve, timeoutMs });
        return withHold(judgeAnswer(answer, clock.now()), answer, clock.now());
      } catch (error) {
        return judgeFailure(error);
      }
    },
  };
}

/** Its own header says when a spent budget is full again, in seconds as `Retry-After` does. */
function withHold(published: Published, { headers }: PostAnswer, nowMs: number): Published {
  const isSpent = headers['x-ratelimit-remaining'] === '0';
  const holdMs = isSpent ? retryAfterMs(headers['x-ratelimit-reset-after'], nowMs) : undefined;
  return published.outcome === 'sent' && holdMs !== undefined ? { ...published, holdMs } : published;
}
