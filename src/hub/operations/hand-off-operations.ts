import { z } from 'zod';
import { invalidInput, WaggleError } from '../../errors.ts';
import type { MessageLimits } from '../../message/limits.ts';
import { handOffStates } from '../../mission/hand-off.ts';
import { type Access, speaker } from '../access.ts';
import { agentId, count, durationMs, line, messageId, word } from '../fields.ts';
import type { AnswerInput } from '../hand-off-api.ts';
import type { Caller, OperationTable } from '../operation.ts';
import { presentHandOff } from '../present.ts';

type HandOffOperations = Pick<OperationTable, Extract<keyof OperationTable, `handoff.${string}`>>;

const defaultTtlMs = 60 * 60_000;
/** With the note and the units a message of some thousand tokens: a few per cent of a context. */
const defaultBriefTokens = 1_500;

/** An agent hands on what is its own. */
const held: Pick<Access<unknown>, 'meets'> = {
  meets: (condition, _input, subject, { caller }) => condition === 'held' && subject === caller.agent,
};

export function handOffOperations(limits: MessageLimits): HandOffOperations {
  const answering: Access<AnswerInput> = {
    action: 'work.take',
    subjects: async ({ id }, look) => [(await look.handOff(id)).to],
    speaksAs: spokenFor,
  };
  const reason = line(1_024).exactOptional();
  const answer = { id: messageId, agent: agentId.exactOptional() };

  return {
    'handoff.offer': {
      name: 'handoff.offer',
      access: {
        action: 'work.hand-off',
        subjects: async ({ mission }, look) => [(await look.mission(mission)).owner],
        speaksAs: ({ from }) => (from === undefined ? [] : [from]),
        ...held,
      },
      repeat: 'looked-up',
      summary:
        'Offer a mission to another agent, with a brief of the work; until it is accepted the owner stays the owner.',
      http: { method: 'POST', path: '/v1/missions/:mission/hand-off', status: 201 },
      input: z.strictObject({
        mission: word,
        to: agentId,
        from: agentId.exactOptional(),
        note: z
          .string('must be text')
          .max(8_192, 'must be at most 8192 characters')
          .refine((text) => text.isWellFormed(), 'must not hold lone surrogates')
          .exactOptional(),
        ttlMs: durationMs(limits.maxDelayMs).min(1, 'must be at least 1 ms').exactOptional(),
        briefTokens: count(20_000).min(100, 'must be at least 100 tokens').exactOptional(),
        approve: z.boolean('must be true or false').exactOptional(),
      }),
      async run(hub, input, { caller }) {
        const { ttlMs = defaultTtlMs, briefTokens = defaultBriefTokens, approve = false, ...request } = input;
        if (approve && caller.role !== 'operator')
          throw new WaggleError('forbidden', 'approve: only the operator approves of a circle or a long chain', {
            details: { field: 'approve', value: true },
          });
        const via = caller.role === 'operator' ? { via: 'operator' } : {};
        return presentHandOff(await hub.handOffs.offer({ ...request, ...via, ttlMs, briefTokens, approved: approve }));
      },
    },
    'handoff.accept': {
      name: 'handoff.accept',
      access: answering,
      repeat: 'safe',
      summary:
        'Accept an offered mission: it and the messages its owner held are yours; the answer names their new generations.',
      http: { method: 'POST', path: '/v1/hand-offs/:id/accept' },
      input: z.strictObject(answer),
      async run(hub, input, { caller }) {
        return presentHandOff(await hub.handOffs.accept(input.id, answerer(input, caller)));
      },
    },
    'handoff.decline': {
      name: 'handoff.decline',
      access: answering,
      repeat: 'safe',
      summary: 'Decline an offered mission; its owner keeps it and is told.',
      http: { method: 'POST', path: '/v1/hand-offs/:id/decline' },
      input: z.strictObject({ ...answer, reason }),
      async run(hub, input, { caller }) {
        return presentHandOff(await hub.handOffs.decline(input.id, answerer(input, caller), input.reason));
      },
    },
    'handoff.withdraw': {
      name: 'handoff.withdraw',
      access: {
        action: 'work.hand-off',
        subjects: async ({ id }, look) => [(await look.handOff(id)).from],
        speaksAs: spokenFor,
        ...held,
      },
      repeat: 'safe',
      summary: 'Take an offer back that nobody has answered.',
      http: { method: 'POST', path: '/v1/hand-offs/:id/withdraw' },
      input: z.strictObject({ ...answer, reason }),
      async run(hub, { id, agent, reason }, { caller }) {
        // Whom the table lets withdraw for a team or after a crash speaks as the operator does.
        const { from } = await hub.handOffs.get(id);
        const by = agent ?? (caller.agent === from ? from : 'operator');
        return presentHandOff(await hub.handOffs.withdraw(id, by, reason));
      },
    },
    'handoff.list': {
      name: 'handoff.list',
      access: { action: 'work.read' },
      repeat: 'safe',
      summary: 'Hand-offs, newest first.',
      http: { method: 'GET', path: '/v1/hand-offs' },
      input: z.strictObject({
        mission: word.exactOptional(),
        agent: agentId.exactOptional(),
        state: z.enum(handOffStates, `must be one of ${handOffStates.join(', ')}`).exactOptional(),
        limit: count(1_000).exactOptional(),
      }),
      async run(hub, { limit = 100, ...filter }) {
        return { handOffs: (await hub.handOffs.list(filter, limit)).map(presentHandOff) };
      },
    },
  };
}

const spokenFor = ({ agent }: AnswerInput) => (agent === undefined ? [] : [agent]);

function answerer({ agent }: AnswerInput, caller: Caller): string {
  const { from } = speaker(caller, agent);
  if (from === 'operator') throw invalidInput('agent', agent, 'must say who answers: the agent it was offered to');
  return from;
}
