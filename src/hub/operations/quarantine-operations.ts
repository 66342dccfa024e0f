import { z } from 'zod';
import type { MessageLimits } from '../../message/limits.ts';
import { agentId, page } from '../fields.ts';
import type { OperationTable } from '../operation.ts';
import { presentMessage } from '../present.ts';
import { describeSelection, requireSelection, selectionInput } from '../selection.ts';

type QuarantineOperations = Pick<OperationTable, Extract<keyof OperationTable, `quarantine.${string}`>>;

/** What a person may do with recovered entries that are ambiguous, and nobody else. */
export function quarantineOperations(limits: MessageLimits): QuarantineOperations {
  return {
    'quarantine.list': {
      name: 'quarantine.list',
      access: { action: 'quarantine.read' },
      repeat: 'safe',
      summary: 'Recovered entries that are kept but not delivered, oldest first, with why.',
      http: { method: 'GET', path: '/v1/quarantine' },
      input: z.strictObject({ inbox: agentId.exactOptional(), ...page(limits) }),
      async run(hub, { limit = 100, ...rest }) {
        const messages = await hub.store.messages.quarantined({ limit, ...rest });
        const last = messages.length === limit ? messages.at(-1)?.id : undefined;
        return { messages: messages.map(presentMessage), ...(last === undefined ? {} : { next: last }) };
      },
    },
    'quarantine.release': {
      name: 'quarantine.release',
      access: { action: 'quarantine.control', isControl: true, describe: describeSelection },
      repeat: 'looked-up',
      summary: 'Let quarantined messages be delivered: somebody has looked at them and answers for it.',
      http: { method: 'POST', path: '/v1/quarantine/release' },
      input: selectionInput(limits),
      async run(hub, input, { caller }) {
        return { released: await hub.store.messages.release(requireSelection(input), caller.role) };
      },
    },
    'quarantine.purge': {
      name: 'quarantine.purge',
      access: { action: 'quarantine.control', isControl: true, describe: describeSelection },
      repeat: 'looked-up',
      summary: 'Delete quarantined messages for good; they stay counted as pruned and are not imported again.',
      http: { method: 'POST', path: '/v1/quarantine/purge' },
      input: selectionInput(limits),
      async run(hub, input, { caller }) {
        return { purged: await hub.store.messages.purgeQuarantined(requireSelection(input), caller.role) };
      },
    },
  };
}
