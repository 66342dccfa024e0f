import type { Dialect } from '../occasion.ts';

/** OpenCode has no hook commands; the plugin that `waggle init` writes asks with OpenCode's own event names. */
export const opencode: Dialect = {
  client: 'opencode',
  events: {
    'session.created': 'start',
    'tool.execute.after': 'tool',
    'session.idle': 'stop',
    'session.compacted': 'compacted',
    'session.deleted': 'end',
  },
  hears: (event) => event === 'tool.execute.after' || event === 'session.idle',
  answer: (_, { context, prompt }) => (prompt !== undefined ? { prompt } : context !== undefined ? { context } : {}),
};
