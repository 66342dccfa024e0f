import { invalidInput } from '../../errors.ts';
import type { InputOf } from '../../hub/api.ts';
import { given, type Tool } from '../tool.ts';

const outcomes = ['done', 'retry', 'dead', 'extend'] as const;

export const ackMessage: Tool = {
  name: 'ack_message',
  description:
    'Settle a message you took: done (default), retry (give it back for later), dead (nobody can do it), or extend your 15 minutes. lease_lost means it is no longer yours.',
  input: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      gen: { type: 'integer', description: 'as check_inbox gave it' },
      outcome: { enum: [...outcomes] },
      reason: { type: 'string' },
    },
    required: ['id', 'gen'],
  },
  output: { type: 'object', properties: { id: { type: 'string' }, state: { type: 'string' } } },
  async run({ call }, args, signal) {
    const outcome = args['outcome'] ?? 'done';
    const ref = given<'message.ack'>(args, ['id', 'gen']);
    const reason = given<'message.nack'>(args, ['reason']);
    const { id } = ref;
    switch (outcome) {
      case 'done':
        return { id, ...(await call('message.ack', ref, signal)) };
      case 'retry':
      case 'dead': {
        const nack: InputOf<'message.nack'> = { ...ref, ...reason, ...(outcome === 'dead' ? { terminal: true } : {}) };
        return { id, ...(await call('message.nack', nack, signal)) };
      }
      case 'extend': {
        const extended = await call('message.extend', { ...ref, leaseMs: 15 * 60_000 }, signal);
        return { id, state: 'leased', ...extended };
      }
      default:
        throw invalidInput('outcome', outcome, `must be one of ${outcomes.join(', ')}`);
    }
  },
};
