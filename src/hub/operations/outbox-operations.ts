import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { invalidInput } from '../../errors.ts';
import type { MessageLimits } from '../../message/limits.ts';
import { severities } from '../../monitor/alert.ts';
import { type Destination, type OutboxEntry, outboxStates } from '../../outbox/outbox.ts';
import { parseWebhookSecret, webhookSecret } from '../../outbox/webhook-signature.ts';
import { originOf, parseWebhookUrl } from '../../outbox/webhook-url.ts';
import { count, word } from '../fields.ts';
import type { OperationTable } from '../operation.ts';
import type { WireDestination, WireOutboxEntry } from '../outbox-api.ts';
import { instant } from '../present.ts';

type OutboxOperations = Pick<OperationTable, Extract<keyof OperationTable, `outbox.${string}`>>;

const entryId = z.string('must be text').regex(/^out_[0-9a-f-]{36}$/, 'must be an outbox id such as out_0190…');
const secretText = z.string('must be text').max(200, 'must be at most 200 characters');
const address = z.string('must be text').max(2_048, 'must be at most 2048 characters');

const publisherNames = ['webhook', 'discord'] as const;

export function outboxOperations(limits: MessageLimits): OutboxOperations {
  return {
    'outbox.add': {
      name: 'outbox.add',
      access: { action: 'outbox.control', isControl: true },
      repeat: 'safe',
      summary:
        'Add a webhook that JSON is posted to, signed, or a Discord channel; under a name that is taken it replaces that one.',
      http: { method: 'POST', path: '/v1/outbox/destinations', status: 201 },
      input: z.strictObject({
        name: word,
        url: address,
        secret: secretText.exactOptional(),
        publisher: z.enum(publisherNames, `must be one of ${publisherNames.join(', ')}`).exactOptional(),
        alerts: z.enum(severities, `must be one of ${severities.join(', ')}`).exactOptional(),
      }),
      async run(hub, { name, url, publisher = 'webhook', alerts, secret = webhookSecret(randomBytes(32)) }) {
        parseWebhookUrl('url', url);
        parseWebhookSecret(secret);
        const settings = { url, secret, ...(alerts === undefined ? {} : { alerts }) };
        const added = await hub.store.outbox.putDestination({ name, publisher, settings });
        await hub.monitor.learnDestinations();
        return { ...presentDestination(added), secret };
      },
    },
    'outbox.remove': {
      name: 'outbox.remove',
      access: { action: 'outbox.control', isControl: true },
      repeat: 'looked-up',
      summary: 'Remove a destination; what waits for it becomes dead.',
      http: { method: 'DELETE', path: '/v1/outbox/destinations/:name' },
      input: z.strictObject({ name: word }),
      async run(hub, { name }) {
        const removed = await hub.store.outbox.removeDestination(name);
        await hub.monitor.learnDestinations();
        return { name, ...removed };
      },
    },
    'outbox.test': {
      name: 'outbox.test',
      access: { action: 'outbox.control' },
      repeat: 'safe',
      summary: 'Queue a note that says nothing, to see whether a destination takes it.',
      http: { method: 'POST', path: '/v1/outbox/destinations/:name/test', status: 202 },
      input: z.strictObject({ name: word }),
      async run(hub, { name }) {
        const { id } = await hub.store.outbox.put({ destination: name, kind: 'test', payload: '{}' });
        return { id };
      },
    },
    'outbox.destinations': {
      name: 'outbox.destinations',
      access: { action: 'outbox.control' },
      repeat: 'safe',
      summary: 'Where the hub may send to, without addresses and keys, and what keeps it from sending.',
      http: { method: 'GET', path: '/v1/outbox/destinations' },
      input: z.strictObject({}),
      async run(hub) {
        return { destinations: (await hub.store.outbox.destinations()).map(presentDestination) };
      },
    },
    'outbox.list': {
      name: 'outbox.list',
      access: { action: 'outbox.control' },
      repeat: 'safe',
      summary: 'What is to leave this machine, or did: newest first, with how the latest try ended.',
      http: { method: 'GET', path: '/v1/outbox' },
      input: z.strictObject({
        state: z.enum(outboxStates, `must be one of ${outboxStates.join(', ')}`).exactOptional(),
        destination: word.exactOptional(),
        limit: count(limits.leaseCount).exactOptional(),
        after: entryId.exactOptional(),
      }),
      async run(hub, { limit = 100, ...filter }) {
        const entries = await hub.store.outbox.list({ limit, ...filter });
        const last = entries.length === limit ? entries.at(-1)?.id : undefined;
        return { entries: entries.map(presentEntry), ...(last === undefined ? {} : { next: last }) };
      },
    },
    'outbox.redrive': {
      name: 'outbox.redrive',
      access: { action: 'outbox.control', isControl: true },
      repeat: 'recounted',
      summary: 'Send dead entries again, with attempts counted anew; their destination is no longer held or disabled.',
      http: { method: 'POST', path: '/v1/outbox/redrive' },
      input: z.strictObject({
        ids: z.array(entryId).min(1, 'must name at least one entry').max(limits.batch).exactOptional(),
        destination: word.exactOptional(),
        all: z.boolean().exactOptional(),
      }),
      async run(hub, { ids, destination, all }) {
        const given = [ids !== undefined, destination !== undefined, all === true].filter(Boolean).length;
        if (given !== 1)
          throw invalidInput('selection', { ids, destination, all }, 'give exactly one of ids, destination or all');
        const chosen = ids === undefined ? {} : { ids: [...new Set(ids)] };
        const where = destination === undefined ? {} : { destination };
        return { redriven: await hub.store.outbox.redrive({ ...chosen, ...where }) };
      },
    },
  };
}

/** Everything but the settings, of which only the origin of an address may be told. */
function presentDestination({ settings, createdAt, heldUntil, ...destination }: Destination): WireDestination {
  const { url, alerts } = settings;
  return {
    ...destination,
    ...(url === undefined ? {} : { origin: originOf(url) }),
    ...(alerts === undefined ? {} : { alerts }),
    createdAt: instant(createdAt),
    ...(heldUntil === undefined ? {} : { heldUntilAt: instant(heldUntil) }),
  };
}

function presentEntry({ payload, createdAt, nextAt, settledAt, ...entry }: OutboxEntry): WireOutboxEntry {
  return {
    ...entry,
    bytes: Buffer.byteLength(payload),
    createdAt: instant(createdAt),
    ...(nextAt === undefined ? {} : { nextAt: instant(nextAt) }),
    ...(settledAt === undefined ? {} : { settledAt: instant(settledAt) }),
  };
}
