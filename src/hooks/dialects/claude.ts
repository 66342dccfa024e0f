import type { Dialect } from '../occasion.ts';
import { hookSpecific } from './hook-specific.ts';

export const claude: Dialect = {
  client: 'claude',
  events: { SessionStart: 'start', UserPromptSubmit: 'prompt', PostToolUse: 'tool', Stop: 'stop', SessionEnd: 'end' },
  hears: (event) => event !== 'SessionEnd',
  answer: hookSpecific,
};
