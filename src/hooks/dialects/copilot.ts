import type { Dialect } from '../occasion.ts';

/** Copilot CLI shows the agent nothing of what its hooks answer, so they only tell that the agent lives. */
export const copilot: Dialect = {
  client: 'copilot',
  events: { sessionStart: 'start', userPromptSubmitted: 'prompt', postToolUse: 'tool', sessionEnd: 'end' },
  hears: () => false,
  answer: () => ({}),
};
