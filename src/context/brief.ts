import { redact } from '../redact.ts';
import { cutToTokens, estimateTokens } from '../tokens.ts';
import { frameUntrusted } from '../untrusted-text.ts';
import type { BriefItem, BriefSection } from './brief-section.ts';

export interface Brief {
  readonly agent: string;
  readonly text: string;
  /** Estimated from above; at most the budget. */
  readonly tokens: number;
  readonly budget: number;
  /** What found no room, by section; empty when all is told. */
  readonly leftOut: readonly { readonly section: string; readonly items: number }[];
}

interface Part {
  readonly section: BriefSection;
  readonly items: readonly string[];
  taken: number;
  lines: string[];
}

/** Tokens kept for the line that says what was left out. */
const footerTokens = 40;
/** A first item is cut to what is left rather than left out when at least this much fits. */
const leastCutTokens = 24;

/**
 * Packs the sections into one text of at most `budget` tokens and says what it left out. Two passes: each section gets
 * its share, then what remains goes to those that still have something, in order. Secrets are taken out, and untrusted
 * text is framed with a boundary nobody could have guessed when they wrote it.
 */
export async function packBrief(
  agent: string,
  sections: readonly BriefSection[],
  budget: number,
  boundary: () => string,
): Promise<Brief> {
  const parts: Part[] = [];
  for (const section of sections.toSorted((a, b) => a.order - b.order)) {
    const items = (await section.items(agent)).map((item) => rendered(item, boundary));
    if (items.length > 0) parts.push({ section, items, taken: 0, lines: [] });
  }
  const heading = `# Brief for ${agent}`;
  let left = budget - estimateTokens(heading) - footerTokens;
  for (const limited of [true, false]) {
    for (const part of parts) {
      const allowance = limited ? Math.min(left, Math.floor(part.section.share * budget)) : left;
      left -= fill(part, allowance);
    }
  }
  const told = parts.filter((part) => part.taken > 0);
  const leftOut = parts
    .filter((part) => part.taken < part.items.length)
    .map((part) => ({ section: part.section.title, items: part.items.length - part.taken }));
  const body = told.map((part) => [titleOf(part.section), ...part.lines].join('\n'));
  const footer = leftOut.length === 0 ? [] : [footerOf(leftOut)];
  const text = cutToTokens([heading, ...body, ...footer].join('\n\n'), budget);
  return { agent, text, tokens: estimateTokens(text), budget, leftOut };
}

/** Adds whole items while they fit; returns the tokens used. */
function fill(part: Part, allowance: number): number {
  let used = 0;
  while (part.taken < part.items.length) {
    const item = part.items[part.taken] ?? '';
    const title = part.taken === 0 ? estimateTokens(`\n\n${titleOf(part.section)}`) : 0;
    const cost = title + estimateTokens(`\n${item}`);
    if (used + cost > allowance) {
      const room = allowance - used - title - 4;
      const isFramed = item.includes('\n');
      if (part.taken > 0 || isFramed || room < leastCutTokens) break;
      part.lines.push(`${cutToTokens(item, room)} …`);
      part.taken = 1;
      return allowance;
    }
    part.lines.push(item);
    part.taken += 1;
    used += cost;
  }
  return used;
}

function rendered(item: BriefItem, boundary: () => string): string {
  const { text } = redact(item.text);
  const more = item.more === undefined ? '' : ` (${item.more})`;
  if (item.isUntrusted !== true) return `- ${text.replaceAll('\n', ' ')}${more}`;
  return `- ${frameUntrusted(text, boundary(), item.more)}`;
}

const titleOf = (section: BriefSection) => `## ${section.title}`;

function footerOf(leftOut: Brief['leftOut']): string {
  const parts = leftOut.map(({ section, items }) => `${items} of ${section}`);
  return cutToTokens(`Left out for lack of room: ${parts.join(', ')}.`, footerTokens);
}
