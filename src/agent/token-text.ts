import { hash } from 'node:crypto';
import { agentIdPattern, randomBase64Url } from '../ids.ts';

const prefix = 'wag_';
const secretBytes = 32;
/** 32 bytes in base64url. */
const secretPattern = /^[A-Za-z0-9_-]{43}$/;

/**
 * `wag_<agent>_<secret>`. The prefix lets secret scanners know it for what it is; the id lets a hub find the one hash to
 * compare with. Both the id and the secret may hold an underscore, so it is read from its ends.
 */
export function newTokenText(agent: string): string {
  return `${prefix}${agent}_${randomBase64Url(secretBytes)}`;
}

/** The agent a token claims to be of; undefined for text that is no agent's token. Claims only: the hash decides. */
export function claimedAgent(text: string): string | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const secretAt = text.length - 43;
  const agent = text.slice(prefix.length, secretAt - 1);
  const isWhole = text[secretAt - 1] === '_' && secretPattern.test(text.slice(secretAt)) && agentIdPattern.test(agent);
  return isWhole ? agent : undefined;
}

export function tokenHash(text: string): string {
  return hash('sha256', text);
}
