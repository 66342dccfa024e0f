import type { Said } from '../occasion.ts';

/** The answer of Claude Code and of Codex, which took its form: nothing beside these keys, Codex discards an answer with more. */
export function hookSpecific(event: string, { context, prompt }: Said): Record<string, unknown> {
  if (prompt !== undefined) return { decision: 'block', reason: prompt };
  if (context !== undefined) return { hookSpecificOutput: { hookEventName: event, additionalContext: context } };
  return {};
}
