import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { DoorSetting } from '../../delivery/delivery-store.ts';
import { type DeliveryRecord, doorNames } from '../../delivery/receipt.ts';
import { ladder } from '../../delivery/urgency.ts';
import { invalidInput, WaggleError } from '../../errors.ts';
import { randomHex } from '../../ids.ts';
import type { MessageLimits } from '../../message/limits.ts';
import { parseWebhookSecret, webhookSecret } from '../../outbox/webhook-signature.ts';
import { parseWebhookUrl } from '../../outbox/webhook-url.ts';
import { inboxOfMessage } from '../access.ts';
import type { DoorInput, WireDeliveryRecord, WireDoor } from '../delivery-api.ts';
import { agentId, count, label, messageId } from '../fields.ts';
import type { Hub } from '../hub.ts';
import type { OperationTable } from '../operation.ts';
import { instant } from '../present.ts';

type DeliveryOperations = Pick<OperationTable, Extract<keyof OperationTable, `delivery.${string}`>>;

const doorName = z.enum(doorNames, `must be one of ${doorNames.join(', ')}`);
const absolute = z
  .string('must be text')
  .max(1_024, 'must be at most 1024 characters')
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'must be an absolute path');

/** What each door needs to be told, and what it may be told. */
const settingsOf: Readonly<
  Record<string, { readonly needs: readonly (keyof DoorInput)[]; readonly takes: readonly (keyof DoorInput)[] }>
> = {
  'codex-app-server': { needs: ['socket'], takes: ['thread'] },
  'codex-queue': { needs: ['thread'], takes: ['socket'] },
  exec: { needs: ['client', 'session', 'folder'], takes: [] },
  tmux: { needs: [], takes: [] },
  webhook: { needs: ['url'], takes: ['secret'] },
  'legacy-inbox': { needs: ['folder'], takes: [] },
};

export function deliveryOperations(limits: MessageLimits): DeliveryOperations {
  return {
    'delivery.status': {
      name: 'delivery.status',
      access: { action: 'delivery.read', subjects: ({ agent }) => [agent] },
      repeat: 'safe',
      summary: 'Through which doors an agent can be reached, why not through the others, and what became of its mail.',
      http: { method: 'GET', path: '/v1/agents/:agent/delivery' },
      input: z.strictObject({ agent: agentId, limit: count(limits.leaseCount).exactOptional() }),
      async run(hub, { agent, limit = 20 }) {
        await requireAgent(hub, agent);
        const { deliveries } = hub.store;
        const [records, uncertain] = await Promise.all([
          deliveries.records(agent, { limit }),
          deliveries.records(agent, { limit, state: 'uncertain' }),
        ]);
        return {
          agent,
          doors: await doorsOf(hub, agent),
          records: records.map(presentRecord),
          uncertain: uncertain.map(presentRecord),
        };
      },
    },
    'delivery.open': {
      name: 'delivery.open',
      access: { action: 'delivery.control', isControl: true },
      repeat: 'safe',
      summary: 'Open a door to an agent, or give it other settings; it is tried at once for mail that waits.',
      http: { method: 'POST', path: '/v1/agents/:agent/delivery', status: 201 },
      input: z.strictObject({
        agent: agentId,
        door: doorName,
        url: z.string('must be text').max(2_048, 'must be at most 2048 characters').exactOptional(),
        secret: z.string('must be text').max(200, 'must be at most 200 characters').exactOptional(),
        folder: absolute.exactOptional(),
        socket: absolute.exactOptional(),
        thread: label.exactOptional(),
        client: z.enum(['claude', 'codex'], 'must be claude or codex').exactOptional(),
        session: label.exactOptional(),
      }),
      async run(hub, input) {
        const { agent, door } = input;
        requireSettings(input);
        const secret = door === 'webhook' ? await openWebhook(hub, input) : undefined;
        const settings = door === 'webhook' ? { destination: webhookName(agent) } : pathsAndNames(input);
        await hub.store.deliveries.openDoor({ agent, door, settings });
        const opened = (await doorsOf(hub, agent)).find((one) => one.door === door);
        if (opened === undefined) throw new Error(`door ${door} was opened and is not there`);
        return { ...opened, ...(secret === undefined ? {} : { secret }) };
      },
    },
    'delivery.close': {
      name: 'delivery.close',
      access: { action: 'delivery.control', isControl: true },
      repeat: 'recounted',
      summary: 'Close a door: the agent is not reached through it any more.',
      http: { method: 'DELETE', path: '/v1/agents/:agent/delivery/:door' },
      input: z.strictObject({ agent: agentId, door: doorName }),
      async run(hub, { agent, door }) {
        const closed = await hub.store.deliveries.closeDoor(agent, door);
        if (closed && door === 'webhook') await hub.store.outbox.removeDestination(webhookName(agent)).catch(notThere);
        return { closed };
      },
    },
    'delivery.saw': {
      name: 'delivery.saw',
      access: { action: 'delivery.report', subjects: ({ agent }) => [agent] },
      repeat: 'recounted',
      summary: 'Say that messages are in the agent’s program (injected), or that its model has them (seen).',
      http: { method: 'POST', path: '/v1/agents/:agent/delivery/saw' },
      input: z.strictObject({
        agent: agentId,
        ids: z.array(messageId).min(1, 'must name at least one message').max(limits.leaseCount),
        step: z.enum(['injected', 'seen'], 'must be injected or seen').exactOptional(),
        door: doorName.exactOptional(),
      }),
      async run(hub, { agent, ids, step = 'seen', door = 'pull' }) {
        return { marked: await hub.store.deliveries.saw(agent, door, [...new Set(ids)], step) };
      },
    },
    'delivery.retry': {
      name: 'delivery.retry',
      access: { action: 'delivery.control', subjects: inboxOfMessage, isControl: true },
      repeat: 'safe',
      summary: 'Tell the agent about this message once more; for one that is uncertain, after somebody has looked.',
      http: { method: 'POST', path: '/v1/messages/:id/deliver' },
      input: z.strictObject({ id: messageId }),
      async run(hub, { id }) {
        await hub.store.deliveries.release(id);
        return { id };
      },
    },
  };
}

function requireSettings(input: DoorInput): void {
  const { agent: _agent, door, ...given } = input;
  const expected = settingsOf[door];
  if (expected === undefined) throw invalidInput('door', door, 'is always there and needs not be opened');
  for (const name of expected.needs) {
    if (given[name as keyof typeof given] !== undefined) continue;
    throw new WaggleError('invalid_input', `${name}: is required for the door ${door}`, {
      details: { field: name, door, problem: 'is required' },
    });
  }
  for (const name of Object.keys(given)) {
    const isTaken = [...expected.needs, ...expected.takes].some((known) => known === name);
    if (!isTaken) throw invalidInput(name, '(not shown)', `means nothing to the door ${door}`);
  }
}

const webhookName = (agent: string) => `agent-${agent}`.slice(0, 64);

async function openWebhook(hub: Hub, { agent, url = '', secret }: DoorInput): Promise<string> {
  const key = secret ?? webhookSecret(Buffer.from(randomHex(32), 'hex'));
  parseWebhookUrl('url', url);
  parseWebhookSecret(key);
  await requireAgent(hub, agent);
  const settings = { url, secret: key };
  await hub.store.outbox.putDestination({ name: webhookName(agent), publisher: 'webhook', settings });
  return key;
}

function pathsAndNames({ folder, socket, thread, client, session }: DoorInput): DoorSetting['settings'] {
  const given = { folder, socket, thread, client, session };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

async function doorsOf(hub: Hub, agent: string): Promise<WireDoor[]> {
  const own = new Map((await hub.store.deliveries.doors(agent)).map((one) => [one.door, one.settings]));
  const looked = await hub.delivery.loop.look(agent, own);
  const rank = (door: WireDoor) => ladder['next-turn'].indexOf(door.door);
  return looked
    .map(({ door, found }) => ({
      door: door.name,
      open: found.open,
      ...(found.open ? {} : { reason: found.reason }),
      cost: door.cost,
      settings: own.get(door.name) ?? {},
    }))
    .sort((a, b) => rank(a) - rank(b));
}

async function requireAgent(hub: Hub, agent: string): Promise<void> {
  if ((await hub.store.agents.get(agent)) !== undefined) return;
  throw new WaggleError('not_found', `agent ${agent} is not registered; waggle agent list shows who is`, {
    details: { field: 'agent', value: agent },
  });
}

function notThere(error: unknown): void {
  if (!(error instanceof WaggleError && error.code === 'not_found')) throw error;
}

function presentRecord(record: DeliveryRecord): WireDeliveryRecord {
  const { gen: _gen, begunAt, injectedAt, seenAt, uncertainAt, ...rest } = record;
  return {
    ...rest,
    begunAt: instant(begunAt),
    ...(injectedAt === undefined ? {} : { injectedAt: instant(injectedAt) }),
    ...(seenAt === undefined ? {} : { seenAt: instant(seenAt) }),
    ...(uncertainAt === undefined ? {} : { uncertainAt: instant(uncertainAt) }),
  };
}
