import { signal } from '@preact/signals';
import type { WireEvent } from '../../../src/hub/api.ts';
import { call } from './api.ts';
import { session } from './session.ts';

export type Connection = 'connecting' | 'live' | 'lost';

/** Whether what is shown is of now. */
export const connection = signal<Connection>('connecting');

type Listener = (events: readonly WireEvent[]) => void;

/** How far back a page that was just opened looks, in changes. */
const lookBack = 4_000;
const firstRetryMs = 500;
const longestRetryMs = 5_000;

const listeners = new Set<Listener>();
/** What was told lately, oldest first: a view that opens later begins with it. */
let recent: WireEvent[] = [];
const recentKept = 4_000;
let lastSeq: number | undefined;
let source: EventSource | undefined;
let retryMs = firstRetryMs;

/** Hears of everything from now on, in order; begins with what is known of the past. Returns how to stop. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  if (recent.length > 0) listener(recent);
  return () => listeners.delete(listener);
}

/** Keeps a stream of events open for as long as the page is; resumes after the last one seen. */
export async function follow(): Promise<void> {
  if (session.value.state !== 'in') return;
  try {
    // Also tells a hub that is gone from a sign-in that is over: the stream itself says neither.
    const { lastEvent } = await call('hub.status', {});
    lastSeq ??= Math.max(0, lastEvent - lookBack);
  } catch {
    connection.value = 'lost';
    retry();
    return;
  }
  const opened = new EventSource(`/v1/events?updates=1&after=${lastSeq}`);
  source = opened;
  opened.addEventListener('open', () => {
    retryMs = firstRetryMs;
    connection.value = 'live';
  });
  opened.addEventListener('update', ({ data, lastEventId }: MessageEvent<string>) => {
    lastSeq = Number(lastEventId);
    const { events } = JSON.parse(data) as { events: WireEvent[] }; // as docs/reference/http.md says
    take(events);
  });
  opened.addEventListener('error', () => {
    // Its own retry would resume just as well, but would go on for ever after a sign-in that is over.
    opened.close();
    if (source !== opened) return;
    connection.value = 'lost';
    retry();
  });
}

function retry(): void {
  setTimeout(() => void follow(), retryMs);
  retryMs = Math.min(longestRetryMs, retryMs * 2);
}

function take(events: readonly WireEvent[]): void {
  recent = recent.concat(events).slice(-recentKept);
  for (const listener of listeners) listener(events);
}
