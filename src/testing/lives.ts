import type { AcceptRequest } from '../message/message-store.ts';
import type { Store } from '../store/store.ts';

const body = JSON.stringify({ text: 'x'.repeat(240) });
const inboxes = Array.from({ length: 8 }, (_, index) => `agent-${index}`);

export async function registerAgents(store: Store): Promise<void> {
  const present = new Set((await store.agents.list()).map((agent) => agent.id));
  for (const id of inboxes) if (!present.has(id)) await store.agents.add({ id, skills: [] });
}

function request(index: number): AcceptRequest {
  const inbox = inboxes[index % inboxes.length] ?? '';
  return { inboxes: [inbox], from: 'bench', body, bodyType: 'json', kind: 'text', priority: 'normal', maxAttempts: 5 };
}

export async function acceptMany(store: Store, count: number, callers: number): Promise<void> {
  let next = 0;
  await concurrently(callers, async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await store.messages.accept([request(index)]);
    }
  });
}

/** Leases and acks until every inbox is empty; each caller one message at a time. Returns how many it settled. */
export async function drain(store: Store, callers: number, options: { ack?: boolean } = {}): Promise<number> {
  let settled = 0;
  await concurrently(callers, async (caller) => {
    for (let empty = 0; empty < inboxes.length; ) {
      const inbox = inboxes[(caller + empty) % inboxes.length] ?? '';
      const [message] = await store.messages.lease({ inbox, limit: 1, leaseMs: 60_000 });
      if (message === undefined) {
        empty += 1;
        continue;
      }
      if (options.ack !== false) await store.messages.ack(message);
      settled += 1;
    }
  });
  return settled;
}

/** Whole lives, mixed: each caller sends a message, leases one and acks it. */
export async function liveMany(store: Store, count: number, callers: number): Promise<void> {
  let next = 0;
  await concurrently(callers, async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await store.messages.accept([request(index)]);
      const inbox = inboxes[index % inboxes.length] ?? '';
      const [message] = await store.messages.lease({ inbox, limit: 1, leaseMs: 60_000 });
      if (message !== undefined) await store.messages.ack(message);
    }
  });
}

async function concurrently(callers: number, work: (caller: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: callers }, (_, caller) => work(caller)));
}
