import { claude } from './dialects/claude.ts';
import { codex } from './dialects/codex.ts';
import { copilot } from './dialects/copilot.ts';
import { cursor } from './dialects/cursor.ts';
import { gemini } from './dialects/gemini.ts';
import { opencode } from './dialects/opencode.ts';
import type { Dialect, HookClient } from './occasion.ts';

export const dialects: Readonly<Record<HookClient, Dialect>> = { claude, codex, gemini, cursor, opencode, copilot };
