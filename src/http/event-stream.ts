import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { invalidInput, toWaggleError, WaggleError } from '../errors.ts';
import type { WaggleEvent } from '../events.ts';
import { pagesFor } from '../hub/caller-events.ts';
import type { Hub } from '../hub/hub.ts';
import { Pace } from '../hub/pace.ts';
import { presentEvent } from '../hub/present.ts';
import type { Env } from './app.ts';

/** What a reader is sent when nothing happens, so that both ends notice a connection that is gone. */
const aliveEveryMs = 15_000;

/**
 * Events as SSE: one for each, or with `?updates=1` one `update` that carries all there are. Either way a reader that
 * has caught up is written to at most ten times a second, however much happens; all of them share what is read and
 * rendered. `most` streams may be open.
 */
export function eventStreams(hub: Hub, most: number): (context: Context<Env>) => Response {
  const open = new Set<AbortController>();
  const pace = new Pace(hub.clock);
  return (context) => {
    if (open.size >= most) {
      throw new WaggleError('busy', `${most} event streams are open (doors.eventStreams); close one or retry`, {
        details: { limit: most, retryAfterMs: 5_000 },
      });
    }
    const render = context.req.query('updates') === '1' ? renderUpdate : renderEach;
    const controller = new AbortController();
    const found = pagesFor(hub, context.get('caller'), resumeAfter(context), controller.signal, pace.wait);
    // Before the answer begins, so that a burst of requests does not slip through together.
    open.add(controller);
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => controller.abort());
      void hub.stopRequested.then(() => controller.abort());
      const quiet = keepAlive(hub, () => void stream.write(': alive\n\n'));
      try {
        // Tells the reader at once that it is connected.
        await stream.write(': connected\n\n');
        for await (const page of found) await stream.write(bytesOf(page, render));
      } catch (error) {
        // The answer has begun, so the error can only be told as its last event.
        await stream.writeSSE({ event: 'error', data: JSON.stringify(toWaggleError(error).toDocument()) });
      } finally {
        quiet();
        open.delete(controller);
      }
    });
  };
}

function keepAlive(hub: Hub, tell: () => void): () => void {
  let cancel = () => {};
  const again = () => {
    cancel = hub.clock.setTimer(aliveEveryMs, () => {
      tell();
      again();
    });
  };
  again();
  return () => cancel();
}

type Render = (page: readonly WaggleEvent[]) => string;

const renderEach: Render = (page) =>
  page.map((event) => `event: ${event.type}\ndata: ${json(event)}\nid: ${event.seq}\n\n`).join('');

const renderUpdate: Render = (page) =>
  `event: update\ndata: {"events":[${page.map(json).join()}]}\nid: ${page.at(-1)?.seq ?? 0}\n\n`;

/** Readers that look together get the same page, so that it is written out once for all of them. */
const pages = new WeakMap<readonly WaggleEvent[], Map<Render, Uint8Array>>();

function bytesOf(page: readonly WaggleEvent[], render: Render): Uint8Array {
  const known = pages.get(page) ?? new Map<Render, Uint8Array>();
  pages.set(page, known);
  const bytes = known.get(render) ?? Buffer.from(render(page));
  known.set(render, bytes);
  return bytes;
}

function json(event: WaggleEvent): string {
  return JSON.stringify(presentEvent(event));
}

function resumeAfter(context: Context): number {
  const text = context.req.header('last-event-id') ?? context.req.query('after') ?? '0';
  const after = Number(text);
  if (!Number.isSafeInteger(after) || after < 0) throw invalidInput('Last-Event-ID', text, 'must be an event sequence');
  return after;
}
