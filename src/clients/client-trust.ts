import { claudeTrust } from './claude-trust.ts';
import type { Client } from './client.ts';
import { codexTrust } from './codex-trust.ts';
import type { TrustQuestion, TrustState } from './trust-state.ts';

/** Whether the user has given a client what it asks for. Clients that ask for nothing we can see are `unknown`. */
export async function clientTrust(client: Client, question: TrustQuestion): Promise<TrustState> {
  if (client.name === 'claude') return claudeTrust(question);
  if (client.name === 'codex') return codexTrust(question);
  return { status: 'unknown', detail: client.trust };
}
