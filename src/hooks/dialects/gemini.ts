import type { Dialect } from '../occasion.ts';

export const gemini: Dialect = {
  client: 'gemini',
  events: {
    SessionStart: 'start',
    BeforeAgent: 'prompt',
    AfterTool: 'tool',
    AfterAgent: 'stop',
    PreCompress: 'compacted',
    SessionEnd: 'end',
  },
  hears: (event) => event !== 'SessionEnd' && event !== 'PreCompress',
  answer(event, { context, prompt }) {
    if (prompt !== undefined) return { decision: 'deny', reason: prompt };
    if (context !== undefined) return { hookSpecificOutput: { hookEventName: event, additionalContext: context } };
    return {};
  },
};
