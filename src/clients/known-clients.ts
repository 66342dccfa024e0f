import type { Client } from './client.ts';
import { claude } from './programs/claude.ts';
import { codex } from './programs/codex.ts';

/** Every client `waggle init` can set up, in the order it names them. */
export const knownClients: readonly Client[] = [claude, codex];
