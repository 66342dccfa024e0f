import type { Tool } from '../tool.ts';
import { ackMessage } from './ack-message.ts';
import { checkInbox } from './check-inbox.ts';
import { getContext, updateContext } from './contexts.ts';
import { handOff } from './hand-off.ts';
import { listAgents } from './list-agents.ts';
import { reportProgress } from './report-progress.ts';
import { sendMessage } from './send-message.ts';

/** Every tool there is. A room that has something for agents adds its own here. */
export const tools: readonly Tool[] = [
  sendMessage,
  checkInbox,
  ackMessage,
  reportProgress,
  getContext,
  updateContext,
  listAgents,
  handOff,
];
