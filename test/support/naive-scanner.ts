/**
 * The obvious rescue: at every `{` that opens a readable entry take it, else step on. It finds all intact entries and
 * also those an agent planted in a message whose outer entry is damaged. Kept as the control that must be caught.
 */
export function naiveScan(bytes: Buffer): unknown[] {
  const text = bytes.toString('latin1');
  const found: unknown[] = [];
  let at = text.indexOf('{');
  while (at !== -1) {
    const end = balancedEnd(text, at);
    const entry = end === -1 ? undefined : parsed(text.slice(at, end));
    if (typeof entry === 'object' && entry !== null && 'queue_id' in entry) {
      found.push(entry);
      at = text.indexOf('{', end);
    } else {
      at = text.indexOf('{', at + 1);
    }
  }
  return found;
}

function balancedEnd(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < Math.min(text.length, start + 20_000); at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
