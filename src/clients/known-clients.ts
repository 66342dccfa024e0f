import { basename } from 'node:path';
import type { Client, ClientName } from './client.ts';
import { claude } from './programs/claude.ts';
import { codex } from './programs/codex.ts';
import { copilot } from './programs/copilot.ts';
import { cursor } from './programs/cursor.ts';
import { gemini } from './programs/gemini.ts';
import { opencode } from './programs/opencode.ts';

/** Every client `waggle init` can set up, in the order it names them. */
export const knownClients: readonly Client[] = [claude, codex, gemini, cursor, copilot, opencode];

/** The client that a program is, by its name, wherever it lies; undefined for any other. */
export function clientOfProgram(program: string): ClientName | undefined {
  return knownClients.find(({ programs }) => programs.includes(basename(program)))?.name;
}
