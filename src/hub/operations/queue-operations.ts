import { z } from 'zod';
import { sleep } from '../../clock.ts';
import type { MessageLimits } from '../../message/limits.ts';
import type { InboxStats } from '../../message/message-store.ts';
import { overStates, pruneAll } from '../../message/retention.ts';
import { inboxSubjects, ownMailOnly } from '../access.ts';
import type { WireInboxStats } from '../api.ts';
import { agentId, durationMs, page } from '../fields.ts';
import type { OperationTable } from '../operation.ts';
import { instant, presentMessage } from '../present.ts';
import { describeSelection, requireSelection, selectionInput } from '../selection.ts';

type QueueOperations = Pick<
  OperationTable,
  'dead.list' | 'dead.redrive' | 'dead.purge' | 'queue.stats' | 'queue.inboxes' | 'queue.prune' | 'queue.verify'
>;

export function queueOperations(limits: MessageLimits): QueueOperations {
  const selection = selectionInput(limits);

  return {
    'dead.list': {
      name: 'dead.list',
      access: { action: 'message.read', subjects: inboxSubjects },
      repeat: 'safe',
      summary: 'Dead letters, oldest first, with how each attempt ended.',
      http: { method: 'GET', path: '/v1/dead' },
      input: z.strictObject({ inbox: agentId.exactOptional(), ...page(limits) }),
      async run(hub, { limit = 100, after, inbox: named }, { caller }) {
        const inbox = named ?? ownMailOnly(caller);
        const letters = await hub.store.messages.dead({
          limit,
          ...(after === undefined ? {} : { after }),
          ...(inbox === undefined ? {} : { inbox }),
        });
        const last = letters.length === limit ? letters.at(-1)?.message.id : undefined;
        const dead = letters.map(({ message, errors }) => ({
          message: presentMessage(message),
          errors: errors.map((error) => ({ ...error, at: instant(error.at) })),
        }));
        return last === undefined ? { dead } : { dead, next: last };
      },
    },
    'dead.redrive': {
      name: 'dead.redrive',
      access: { action: 'queue.control', isControl: true, describe: describeSelection },
      repeat: 'looked-up',
      summary: 'Put dead letters back in line with their attempts counted anew.',
      http: { method: 'POST', path: '/v1/dead/redrive' },
      input: selection,
      async run(hub, input) {
        return { redriven: await hub.store.messages.redrive(requireSelection(input)) };
      },
    },
    'dead.purge': {
      name: 'dead.purge',
      access: { action: 'queue.control', isControl: true, describe: describeSelection },
      repeat: 'looked-up',
      summary: 'Delete dead letters for good; they stay counted as pruned.',
      http: { method: 'POST', path: '/v1/dead/purge' },
      input: selection,
      async run(hub, input) {
        return { purged: await hub.store.messages.purgeDead(requireSelection(input)) };
      },
    },
    'queue.stats': {
      name: 'queue.stats',
      access: { action: 'queue.read' },
      repeat: 'safe',
      summary: 'How many messages are in each state; accepted is their sum.',
      http: { method: 'GET', path: '/v1/queue/stats' },
      input: z.strictObject({ inbox: agentId.exactOptional() }),
      async run(hub, { inbox }) {
        if (inbox === undefined) return hub.store.messages.stats();
        return presentStats(await hub.store.messages.inboxStats(inbox));
      },
    },
    'queue.inboxes': {
      name: 'queue.inboxes',
      access: { action: 'queue.read' },
      repeat: 'safe',
      summary: 'The same for every inbox, with how long its oldest deliverable message has waited.',
      http: { method: 'GET', path: '/v1/queue/inboxes' },
      input: z.strictObject({}),
      async run(hub) {
        const agents = await hub.store.agents.list();
        const inboxes = await Promise.all(agents.map(({ id }) => hub.store.messages.inboxStats(id)));
        return { inboxes: inboxes.map(presentStats) };
      },
    },
    'queue.prune': {
      name: 'queue.prune',
      access: {
        action: 'queue.control',
        isControl: true,
        describe: ({ inbox, dryRun }) => `${inbox ?? 'all'}${dryRun === true ? ' (dry run)' : ''}`,
      },
      repeat: 'recounted',
      summary: 'Delete messages that were acked, expired or cancelled long ago; they stay counted as pruned.',
      http: { method: 'POST', path: '/v1/queue/prune' },
      waits: true,
      input: z.strictObject({
        olderThanMs: durationMs(Number.MAX_SAFE_INTEGER),
        inbox: agentId.exactOptional(),
        dryRun: z.boolean().exactOptional(),
      }),
      async run(hub, { olderThanMs, inbox, dryRun = false }, { signal }) {
        const states = overStates;
        const selection = { states, settledForMs: olderThanMs, dryRun, ...(inbox === undefined ? {} : { inbox }) };
        const breathe = () => sleep(hub.clock, 0, signal);
        return { ...(await pruneAll(hub.store, selection, breathe)), dryRun };
      },
    },
    'queue.verify': {
      name: 'queue.verify',
      access: { action: 'queue.verify' },
      repeat: 'safe',
      summary: 'Prove that every accepted message is accounted for and that the store is sound.',
      http: { method: 'POST', path: '/v1/queue/verify' },
      waits: true,
      input: z.strictObject({}),
      async run(hub) {
        const report = await hub.store.messages.verify();
        return { ok: report.problems.length === 0, ...report };
      },
    },
  };
}

function presentStats({ oldestReadyAt, ...stats }: InboxStats): WireInboxStats {
  return oldestReadyAt === undefined ? stats : { ...stats, oldestReadyAt: instant(oldestReadyAt) };
}
