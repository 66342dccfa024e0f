import { invalidInput } from '../../errors.ts';
import type { WireHandOff } from '../../hub/hand-off-api.ts';
import { frameUntrusted } from '../../untrusted-text.ts';
import { type AgentSession, given, type Tool, type ToolAnswer } from '../tool.ts';

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
  async run(session, args, signal) {
    const { agent, call } = session;
    const told = (handOff: WireHandOff) => framed(handOff, session);
    switch (args['action']) {
      case 'offer': {
        const offer = given<'handoff.offer'>(args, ['mission', 'to', 'note']);
        return told(await call('handoff.offer', { ...offer, from: agent }, signal));
      }
      case 'accept':
        return told(await call('handoff.accept', { ...given<'handoff.accept'>(args, ['id']), agent }, signal));
      case 'decline': {
        const answer = given<'handoff.decline'>(args, ['id', 'reason']);
        return told(await call('handoff.decline', { ...answer, agent }, signal));
      }
      case 'withdraw': {
        const withdrawal = given<'handoff.withdraw'>(args, ['id', 'reason']);
        return told(await call('handoff.withdraw', { ...withdrawal, agent }, signal));
      }
      case 'list': {
        const { handOffs } = await call('handoff.list', { agent, limit: 20 }, signal);
        return { handOffs: handOffs.map(told) };
      }
      default:
        throw invalidInput('action', args['action'], `must be one of ${actions.join(', ')}`);
    }
  },
};

/** The note is its owner's, the reason that of whoever ended the offer: either may be another's. */
function framed({ note, reason, ...handOff }: WireHandOff, { boundary }: AgentSession): ToolAnswer {
  return {
    ...handOff,
    ...(note === undefined ? {} : { note: frameUntrusted(note, boundary(), `from ${handOff.from}`) }),
    ...(reason === undefined ? {} : { reason: frameUntrusted(reason, boundary()) }),
  };
}
