import { z } from 'zod';
import { packBrief } from '../../context/brief.ts';
import type { JsonObject } from '../../context/context.ts';
import { mergePatch } from '../../context/merge-patch.ts';
import { WaggleError } from '../../errors.ts';
import { randomHex } from '../../ids.ts';
import type { MessageLimits } from '../../message/limits.ts';
import { type Access, namespaceSubjects, speaker } from '../access.ts';
import type { ContextPatchInput, ContextSetInput, ContextWriteInput } from '../api.ts';
import { cleanContext, requireContextSize } from '../context-value.ts';
import { agentId, count, durationMs, line } from '../fields.ts';
import type { Caller, OperationTable } from '../operation.ts';
import { instant, presentContext } from '../present.ts';

type ContextOperations = Pick<OperationTable, Extract<keyof OperationTable, `context.${string}`>>;

/** Tokens of a brief unless asked otherwise: room for a mission, its mail and its notes, a few per cent of a context. */
const defaultBriefTokens = 2_000;

const namespace = z
  .string('must be text')
  .regex(/^(?:shared:)?[a-z0-9][a-z0-9._-]{0,63}$/, 'must be an agent id, shared, or shared:TOPIC');

const writing: Access<ContextWriteInput> = {
  action: 'context.write',
  subjects: namespaceSubjects,
  speaksAs: ({ from }) => (from === undefined ? [] : [from]),
  meets: (condition, _input, _subject, { caller, sharedWriters }) =>
    condition === 'listed' && (sharedWriters.includes('*') || sharedWriters.includes(caller.agent ?? '')),
};

export function contextOperations(limits: MessageLimits): ContextOperations {
  const write = {
    namespace,
    ifVersion: z.union(
      [z.literal('any'), z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)],
      'must be a version or any',
    ),
    from: agentId.exactOptional(),
    reason: line(1_024).exactOptional(),
  };
  const ttlMs = durationMs(limits.maxDelayMs).min(1, 'must be at least 1 ms').exactOptional();

  return {
    'context.get': {
      name: 'context.get',
      access: { action: 'context.read', subjects: namespaceSubjects },
      repeat: 'safe',
      summary: 'The context of an agent, or one that is shared.',
      http: { method: 'GET', path: '/v1/contexts/:namespace' },
      input: z.strictObject({ namespace }),
      async run(hub, { namespace }) {
        const context = await hub.store.contexts.get(namespace);
        if (context === undefined) {
          throw new WaggleError('not_found', `context ${namespace} does not exist; write it with version 0`, {
            details: { field: 'namespace', value: namespace, version: 0 },
          });
        }
        return presentContext(context);
      },
    },
    'context.set': {
      name: 'context.set',
      access: writing,
      repeat: 're-read',
      summary: 'Replace a context as a whole, if it is still at the version that was read.',
      http: { method: 'POST', path: '/v1/contexts/:namespace' },
      input: z.strictObject({ ...write, value: z.unknown(), ttlMs }) as z.ZodType<ContextSetInput>, // value is judged below
      async run(hub, input, { caller }) {
        const { value, redacted } = cleanContext(input.value, 'value', limits);
        const { ttlMs } = input;
        const change = { ...authorOf(input, caller), value, change: 'set' as const };
        const context = await hub.store.contexts.write(ttlMs === undefined ? change : { ...change, ttlMs });
        return { ...presentContext(context), redacted };
      },
    },
    'context.patch': {
      name: 'context.patch',
      access: writing,
      repeat: 're-read',
      summary: 'Change some members of a context (JSON merge patch, null removes), all or none of them.',
      http: { method: 'POST', path: '/v1/contexts/:namespace/patch' },
      input: z.strictObject({ ...write, patch: z.unknown(), ttlMs }) as z.ZodType<ContextPatchInput>, // patch is judged below
      async run(hub, input, { caller }) {
        const { value: patch, redacted } = cleanContext(input.patch, 'patch', limits);
        const { ttlMs } = input;
        const value = (present: JsonObject) => {
          const merged = mergePatch(present, patch);
          requireContextSize(merged, 'patch', limits);
          return merged;
        };
        const change = { ...authorOf(input, caller), value, change: 'patch' as const };
        const context = await hub.store.contexts.write(ttlMs === undefined ? change : { ...change, ttlMs });
        return { ...presentContext(context), redacted };
      },
    },
    'context.remove': {
      name: 'context.remove',
      access: writing,
      repeat: 're-read',
      summary: 'Remove a context; its history and its version stay.',
      http: { method: 'POST', path: '/v1/contexts/:namespace/remove' },
      input: z.strictObject(write),
      async run(hub, input, { caller }) {
        return { namespace: input.namespace, version: await hub.store.contexts.remove(authorOf(input, caller)) };
      },
    },
    'context.list': {
      name: 'context.list',
      access: { action: 'context.list' },
      repeat: 'safe',
      summary: 'Which contexts there are, without their values.',
      http: { method: 'GET', path: '/v1/contexts' },
      input: z.strictObject({}),
      async run(hub) {
        return { contexts: (await hub.store.contexts.list()).map(presentContext) };
      },
    },
    'context.history': {
      name: 'context.history',
      access: { action: 'context.read', subjects: namespaceSubjects },
      repeat: 'safe',
      summary: 'The latest changes of a context, newest first, with who made them and why.',
      http: { method: 'GET', path: '/v1/contexts/:namespace/history' },
      input: z.strictObject({ namespace, limit: count(50).exactOptional() }),
      async run(hub, { namespace, limit = 20 }) {
        const changes = await hub.store.contexts.history(namespace, limit);
        return { changes: changes.map(({ at, ...change }) => ({ ...change, at: instant(at) })) };
      },
    },
    'context.brief': {
      name: 'context.brief',
      access: { action: 'context.read', subjects: ({ agent }) => [agent] },
      repeat: 'safe',
      summary: 'What an agent must know to go on, packed into a budget of tokens; says what it left out.',
      http: { method: 'GET', path: '/v1/agents/:agent/brief' },
      input: z.strictObject({
        agent: agentId,
        tokens: count(200_000).min(100, 'must be at least 100 tokens').exactOptional(),
      }),
      async run(hub, { agent, tokens = defaultBriefTokens }) {
        if ((await hub.store.agents.get(agent)) === undefined) {
          throw new WaggleError('not_found', `agent ${agent} is not registered; waggle agent list shows who is`, {
            details: { field: 'agent', value: agent },
          });
        }
        return packBrief(agent, hub.briefSections, tokens, () => randomHex(6));
      },
    },
  };
}

function authorOf({ namespace, ifVersion, from, reason }: ContextWriteInput, caller: Caller) {
  const { from: by, ...via } = speaker(caller, from);
  const author = { by, ...via };
  return { namespace, ifVersion, ...author, ...(reason === undefined ? {} : { reason }) };
}
