import type { MessageDigest } from '../hub/api.ts';
import { plainExcerpt } from '../plain.ts';
import { cutToTokens, estimateTokens } from '../tokens.ts';
import { frameUntrusted } from '../untrusted-text.ts';

/** Subject, or the beginning of a body: enough to decide whether to read it now. */
const excerptChars = 120;

export interface Digest {
  readonly text: string;
  /** The messages that found room, which the agent has now heard of. */
  readonly told: readonly string[];
}

/**
 * A few lines about messages within a budget of tokens, as many as fit, in the order given; the texts of others framed as
 * data. `head` is ours and stands first. Undefined when not even one finds room.
 */
export function digest(
  head: string,
  messages: readonly MessageDigest[],
  budget: number,
  boundary: string,
): Digest | undefined {
  const lines: string[] = [];
  const told: string[] = [];
  // The frame's own words are random hex: they are counted as the longest estimate says.
  let left = budget - estimateTokens(`${head}\n${frameUntrusted('', boundary)}`) - estimateTokens(boundary);
  for (const message of messages) {
    const line = lineOf(message);
    const cost = estimateTokens(`\n${line}`) + 2;
    if (cost > left) break;
    left -= cost;
    lines.push(line);
    told.push(message.id);
  }
  if (lines.length === 0) return undefined;
  return { text: cutToTokens(`${head}\n${frameUntrusted(lines.join('\n'), boundary)}`, budget), told };
}

function lineOf({ id, priority, kind, from, subject, bodyText }: MessageDigest): string {
  const what = kind === 'text' ? 'message' : kind;
  return `${id}: ${priority} ${what} from ${from}: ${plainExcerpt(subject ?? bodyText, excerptChars)}`;
}
