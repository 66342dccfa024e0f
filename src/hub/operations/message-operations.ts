import { z } from 'zod';
import { receiptOf } from '../../delivery/receipt.ts';
import { invalidInput, toWaggleError, WaggleError } from '../../errors.ts';
import type { MessageLimits } from '../../message/limits.ts';
import type { SendRequest } from '../../message/message-queue.ts';
import type { AcceptReceipt } from '../../message/message-store.ts';
import { inboxOfMessage, inboxSubjects, ownMailOnly, partyOfMessage, senderOfMessage, speaker } from '../access.ts';
import type { SendInput, SendOutput } from '../api.ts';
import { storedBody } from '../body.ts';
import { agentId, count, durationMs, gen, label, line, messageId, page, priority, recipient, word } from '../fields.ts';
import type { Caller, OperationTable } from '../operation.ts';
import { instant, presentDigest, presentFacts, presentMessage, presentReceipt as presentSteps } from '../present.ts';
import { meetsSending, namesOf, recipientsOf } from '../sending-access.ts';

type MessageOperations = Omit<Pick<OperationTable, Extract<keyof OperationTable, `message.${string}`>>, 'message.list'>;

export function messageOperations(limits: MessageLimits): MessageOperations {
  const leaseMs = durationMs(limits.maxLeaseMs).min(1, 'must be at least 1 ms');
  const ref = { id: messageId, gen };
  const send = z.strictObject({
    to: recipient,
    body: z.unknown(),
    from: agentId.exactOptional(),
    subject: line(limits.subjectBytes).exactOptional(),
    kind: word.exactOptional(),
    priority: priority.exactOptional(),
    idempotencyKey: label.exactOptional(),
    threadId: label.exactOptional(),
    replyTo: messageId.exactOptional(),
    orderingKey: label.exactOptional(),
    delayMs: durationMs(limits.maxDelayMs).exactOptional(),
    ttlMs: durationMs(limits.maxDelayMs).min(1, 'must be at least 1 ms').exactOptional(),
    ackBy: z.iso
      .datetime({ offset: true, error: 'must be an ISO 8601 instant such as 2026-01-31T09:00:00Z' })
      .exactOptional(),
    maxAttempts: count(100).exactOptional(),
  });

  return {
    'message.send': {
      name: 'message.send',
      access: { action: 'message.send', subjects: recipientsOf, speaksAs: namesOf, meets: meetsSending },
      repeat: 'keyed',
      summary: 'Send one message to an agent, a role, a skill or all; the answer means it is durable.',
      http: { method: 'POST', path: '/v1/messages', status: 201 },
      input: send,
      async run(hub, input, { caller }) {
        const [receipt] = await hub.messages.send([sendRequest(input, limits, caller)]);
        return presentReceipt(receipt);
      },
    },
    'message.sendMany': {
      name: 'message.sendMany',
      access: {
        action: 'message.send',
        subjects: async ({ messages }, look) =>
          (await Promise.all(messages.map((one) => recipientsOf(one, look)))).flat(),
        speaksAs: ({ messages }) => messages.flatMap(namesOf),
        meets: (condition, { messages }, subject, look) =>
          messages.every((one) => meetsSending(condition, one, subject, look)),
      },
      repeat: 'keyed',
      summary: 'Send many messages in one commit: all are accepted, or none and every refused one is named.',
      http: { method: 'POST', path: '/v1/messages/batch', status: 201 },
      input: z.strictObject({
        messages: z
          .array(z.unknown())
          .min(1, 'must hold at least one message')
          .max(limits.batch, `must hold at most ${limits.batch} messages; send them in parts`),
      }) as z.ZodType<{
        messages: SendInput[]; // each element is parsed on its own below, so that every bad one is named
      }>,
      async run(hub, { messages }, { caller }) {
        const requests = parseEach(messages, send, limits, caller);
        return { receipts: (await hub.messages.send(requests)).map(presentReceipt) };
      },
    },
    'message.lease': {
      name: 'message.lease',
      access: { action: 'inbox.work', subjects: ({ inbox }) => [inbox] },
      repeat: 'redelivered',
      summary: 'Lease the next messages of an inbox, waiting for a first one if asked to.',
      http: { method: 'POST', path: '/v1/inboxes/:inbox/lease' },
      waits: true,
      input: z.strictObject({
        inbox: agentId,
        limit: count(limits.leaseCount).exactOptional(),
        leaseMs: leaseMs.exactOptional(),
        waitMs: durationMs(limits.maxWaitMs).exactOptional(),
      }),
      async run(hub, { inbox, limit = 1, leaseMs = limits.leaseMs, waitMs = 0 }, { signal }) {
        const request = { inbox, limit, leaseMs, waitMs };
        const leased = await hub.messages.lease(signal === undefined ? request : { ...request, signal });
        return { messages: leased.map(presentMessage) };
      },
      /** Leased for a consumer that is gone: the next one must not wait for the lease to run out. */
      async takeBack(hub, { messages }) {
        const outcome = { delayMs: 0, reason: 'the consumer was gone before it arrived' };
        for (const { id, gen } of messages) await hub.store.messages.nack({ id, gen }, outcome);
      },
    },
    'message.peek': {
      name: 'message.peek',
      access: { action: 'message.read', subjects: ({ inbox }) => [inbox] },
      repeat: 'safe',
      summary: 'Look at the messages an inbox would hand out next, without leasing them.',
      http: { method: 'GET', path: '/v1/inboxes/:inbox' },
      input: z.strictObject({ inbox: agentId, limit: count(limits.leaseCount).exactOptional() }),
      async run(hub, { inbox, limit = 100 }) {
        return { messages: (await hub.store.messages.peek(inbox, limit)).map(presentMessage) };
      },
    },
    'message.digest': {
      name: 'message.digest',
      access: { action: 'message.read', subjects: ({ inbox }) => [inbox] },
      repeat: 'safe',
      summary: 'What waits in an inbox, in few words and without leasing it; waits for a first message if asked to.',
      http: { method: 'GET', path: '/v1/inboxes/:inbox/digest' },
      waits: true,
      input: z.strictObject({
        inbox: agentId,
        limit: count(100).exactOptional(),
        priority: priority.exactOptional(),
        after: count(Number.MAX_SAFE_INTEGER).exactOptional(),
        waitMs: durationMs(limits.maxWaitMs).exactOptional(),
      }),
      async run(hub, { inbox, limit = 50, waitMs = 0, ...wanted }, { signal }) {
        const request = { inbox, limit, waitMs, ...wanted };
        const messages = await hub.messages.watch(signal === undefined ? request : { ...request, signal });
        const { ready } = await hub.store.messages.inboxStats(inbox);
        return { unread: ready, messages: messages.map(presentDigest) };
      },
    },
    'message.ack': {
      name: 'message.ack',
      access: { action: 'inbox.work', subjects: inboxOfMessage },
      repeat: 'looked-up',
      summary: 'Settle a leased message as done.',
      http: { method: 'POST', path: '/v1/messages/:id/ack' },
      input: z.strictObject(ref),
      async run(hub, input) {
        await hub.store.messages.ack(input);
        return { state: 'acked' };
      },
    },
    'message.nack': {
      name: 'message.nack',
      access: { action: 'inbox.work', subjects: inboxOfMessage },
      repeat: 'looked-up',
      summary: 'Give a leased message back: it returns after a delay, or becomes a dead letter.',
      http: { method: 'POST', path: '/v1/messages/:id/nack' },
      input: z.strictObject({
        ...ref,
        delayMs: durationMs(limits.maxDelayMs).exactOptional(),
        reason: line(4_096).exactOptional(),
        terminal: z.boolean().exactOptional(),
      }),
      async run(hub, { id, gen, ...outcome }) {
        const { state, readyAt } = await hub.store.messages.nack({ id, gen }, outcome);
        return { state, readyAt: instant(readyAt) };
      },
    },
    'message.extend': {
      name: 'message.extend',
      access: { action: 'inbox.work', subjects: inboxOfMessage },
      repeat: 'safe',
      summary: 'Keep working: the lease ends this long from now.',
      http: { method: 'POST', path: '/v1/messages/:id/extend' },
      input: z.strictObject({ ...ref, leaseMs: leaseMs.exactOptional() }),
      async run(hub, { id, gen, leaseMs = limits.leaseMs }) {
        const { leaseExpiresAt } = await hub.store.messages.extend({ id, gen }, leaseMs);
        return { leaseExpiresAt: instant(leaseExpiresAt) };
      },
    },
    'message.cancel': {
      name: 'message.cancel',
      access: { action: 'message.cancel', subjects: senderOfMessage },
      repeat: 'looked-up',
      summary: 'Withdraw a message that has not been settled.',
      http: { method: 'POST', path: '/v1/messages/:id/cancel' },
      input: z.strictObject({ id: messageId }),
      async run(hub, { id }) {
        await hub.store.messages.cancel(id);
        return { state: 'cancelled' };
      },
    },
    'message.get': {
      name: 'message.get',
      access: { action: 'message.read', subjects: partyOfMessage },
      repeat: 'safe',
      summary: 'One message with every step of its life.',
      http: { method: 'GET', path: '/v1/messages/:id' },
      input: z.strictObject({ id: messageId }),
      async run(hub, { id }) {
        const message = await hub.store.messages.get(id);
        if (message === undefined)
          throw new WaggleError('not_found', `message ${id} does not exist`, { details: { id } });
        const history = await hub.store.messages.history(id);
        const record = await hub.store.deliveries.record(id);
        return {
          message: presentMessage(message),
          receipt: presentSteps(receiptOf(message, record)),
          history: history.map((step) => ({ ...step, at: instant(step.at), data: presentFacts(step.data) })),
        };
      },
    },
    'message.thread': {
      name: 'message.thread',
      access: { action: 'message.read', subjects: (_input, look) => inboxSubjects({}, look) },
      repeat: 'safe',
      summary: 'The messages of a thread, oldest first.',
      http: { method: 'GET', path: '/v1/threads/:threadId' },
      input: z.strictObject({ threadId: label, ...page(limits) }),
      async run(hub, { threadId, limit = 100, after }, { caller }) {
        const party = ownMailOnly(caller);
        const messages = await hub.store.messages.thread(threadId, {
          limit,
          ...(after === undefined ? {} : { after }),
          ...(party === undefined ? {} : { party }),
        });
        if (messages.length === 0 && after === undefined) {
          throw new WaggleError('not_found', `thread ${threadId} has no messages`, { details: { threadId } });
        }
        const last = messages.length === limit ? messages.at(-1)?.id : undefined;
        return { messages: messages.map(presentMessage), ...(last === undefined ? {} : { next: last }) };
      },
    },
    'message.search': {
      name: 'message.search',
      access: { action: 'message.search', subjects: inboxSubjects },
      repeat: 'safe',
      summary: 'Messages whose subject or body hold all the words, newest first.',
      http: { method: 'GET', path: '/v1/search' },
      input: z.strictObject({
        text: z
          .string('must be text')
          .min(1, 'must hold at least one word')
          .max(4_096, 'must be at most 4096 characters'),
        limit: count(limits.leaseCount).exactOptional(),
        inbox: agentId.exactOptional(),
      }),
      async run(hub, { text, limit = 20, inbox }, { caller }) {
        const party = inbox === undefined ? ownMailOnly(caller) : undefined;
        const hits = await hub.store.messages.search(text, {
          limit,
          ...(inbox === undefined ? {} : { inbox }),
          ...(party === undefined ? {} : { party }),
        });
        return { hits: hits.map(({ message, snippet }) => ({ message: presentMessage(message), snippet })) };
      },
    },
  };
}

function sendRequest(input: SendInput, limits: MessageLimits, caller: Caller): SendRequest {
  const { body, ackBy, from, ...rest } = input;
  if (from === 'all' || from === 'recovery') throw invalidInput('from', from, 'is reserved; nobody sends under it');
  return {
    ...rest,
    ...storedBody(body, limits.bodyBytes),
    ...speaker(caller, from),
    ...(ackBy === undefined ? {} : { ackByAt: Date.parse(ackBy) }),
  };
}

/** Reads every message before anything is sent, so that one answer names all that must be mended. */
function parseEach(
  messages: readonly unknown[],
  schema: z.ZodType<SendInput>,
  limits: MessageLimits,
  caller: Caller,
): SendRequest[] {
  const errors: { index: number; code: string; message: string; field?: unknown }[] = [];
  const requests = messages.flatMap((message, index) => {
    const parsed = schema.safeParse(message, { reportInput: true });
    try {
      if (parsed.success) return [sendRequest(parsed.data, limits, caller)];
      const [issue] = parsed.error.issues;
      throw invalidInput(
        issue?.path.map(String).join('.') || 'message',
        issue?.input,
        issue?.message ?? 'is not valid',
      );
    } catch (error) {
      const { code, message: text, details } = toWaggleError(error);
      errors.push({ index, code, message: text, field: details['field'] });
      return [];
    }
  });
  const [first] = errors;
  if (first === undefined) return requests;
  const field = typeof first.field === 'string' ? first.field : '';
  const code = first.code === 'payload_too_large' ? 'payload_too_large' : 'invalid_input';
  throw new WaggleError(
    code,
    `messages.${first.index}: ${first.message}; nothing was stored (${errors.length} refused)`,
    {
      details: { errors, field: `messages.${first.index}.${field}` },
    },
  );
}

function presentReceipt(receipt: AcceptReceipt | undefined): SendOutput {
  const id = receipt?.ids[0];
  if (receipt === undefined || id === undefined) throw new Error('a send was accepted without a message');
  const { state, duplicate, ids } = receipt;
  return ids.length === 1 ? { id, state, duplicate } : { id, state, duplicate, ids };
}
