import type { Dialect } from '../occasion.ts';

export const cursor: Dialect = {
  client: 'cursor',
  events: { sessionStart: 'start', postToolUse: 'tool', stop: 'stop', preCompact: 'compacted', sessionEnd: 'end' },
  hears: (event) => event === 'sessionStart' || event === 'postToolUse' || event === 'stop',
  answer(_, { context, prompt }) {
    if (prompt !== undefined) return { followup_message: prompt };
    return context === undefined ? {} : { additional_context: context };
  },
};
