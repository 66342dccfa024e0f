import type { Client } from './client.ts';
import { claude } from './programs/claude.ts';
import { codex } from './programs/codex.ts';
import { copilot } from './programs/copilot.ts';
import { cursor } from './programs/cursor.ts';
import { gemini } from './programs/gemini.ts';
import { opencode } from './programs/opencode.ts';

/** Every client `waggle init` can set up, in the order it names them. */
export const knownClients: readonly Client[] = [claude, codex, gemini, cursor, copilot, opencode];
