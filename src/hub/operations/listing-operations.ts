import { z } from 'zod';
import type { MessageLimits } from '../../message/limits.ts';
import { messageStates } from '../../message/message.ts';
import { inboxSubjects, ownMailOnly } from '../access.ts';
import { agentId, count, messageId } from '../fields.ts';
import type { OperationTable } from '../operation.ts';
import { presentLine } from '../present.ts';

export function listingOperations(limits: MessageLimits): Pick<OperationTable, 'message.list'> {
  return {
    'message.list': {
      name: 'message.list',
      access: { action: 'message.read', subjects: inboxSubjects },
      repeat: 'safe',
      summary: 'Messages of every state, newest first, without their bodies; a page may be short and still go on.',
      http: { method: 'GET', path: '/v1/messages' },
      input: z.strictObject({
        limit: count(limits.leaseCount).exactOptional(),
        before: messageId.exactOptional(),
        inbox: agentId.exactOptional(),
        from: agentId.exactOptional(),
        state: z.enum(messageStates, `must be one of ${messageStates.join(', ')}`).exactOptional(),
      }),
      async run(hub, { limit = 100, ...wanted }, { caller }) {
        const party = wanted.inbox === undefined ? ownMailOnly(caller) : undefined;
        const { messages, before } = await hub.store.messages.list({
          limit,
          ...wanted,
          ...(party === undefined ? {} : { party }),
        });
        return { messages: messages.map(presentLine), ...(before === undefined ? {} : { before }) };
      },
    },
  };
}
