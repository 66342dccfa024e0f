import { invalidInput } from '../../errors.ts';
import { given, type Tool } from '../tool.ts';

const actions = ['offer', 'accept', 'decline', 'withdraw', 'list'] as const;

export const handOff: Tool = {
  name: 'hand_off',
  description:
    'Pass a mission on before you run out of context, or answer an offer (a message of kind hand-off; id is its id). A brief of your notes goes with it, so update_context first. Until it is accepted the work is yours. Accepting moves the messages its owner held to you: leases gives their new gen.',
  input: {
    type: 'object',
    properties: {
      action: { enum: [...actions] },
      mission: { type: 'string', description: 'offer: which' },
      to: { type: 'string', description: 'offer: next owner' },
      note: { type: 'string', description: 'offer: what the next one must know' },
      id: { type: 'string', description: 'accept, decline, withdraw' },
      reason: { type: 'string' },
    },
    required: ['action'],
  },
  async run({ agent, call }, args, signal) {
    switch (args['action']) {
      case 'offer': {
        const offer = given<'handoff.offer'>(args, ['mission', 'to', 'note']);
        return { facts: { ...(await call('handoff.offer', { ...offer, from: agent }, signal)) } };
      }
      case 'accept':
        return {
          facts: { ...(await call('handoff.accept', { ...given<'handoff.accept'>(args, ['id']), agent }, signal)) },
        };
      case 'decline': {
        const answer = given<'handoff.decline'>(args, ['id', 'reason']);
        return { facts: { ...(await call('handoff.decline', { ...answer, agent }, signal)) } };
      }
      case 'withdraw': {
        const withdrawal = given<'handoff.withdraw'>(args, ['id', 'reason']);
        return { facts: { ...(await call('handoff.withdraw', { ...withdrawal, agent }, signal)) } };
      }
      case 'list':
        return { facts: { ...(await call('handoff.list', { agent, limit: 20 }, signal)) } };
      default:
        throw invalidInput('action', args['action'], `must be one of ${actions.join(', ')}`);
    }
  },
};
