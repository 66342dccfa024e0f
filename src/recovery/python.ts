const words: readonly (readonly [python: string, json: string])[] = [
  ['None', 'null'],
  ['True', 'true'],
  ['False', 'false'],
  ['NaN', 'null'],
  ['-Infinity', 'null'],
  ['Infinity', 'null'],
];

/**
 * Writes Python's literals as JSON: None, True, False; NaN and the infinities, which JSON cannot hold, become null.
 * Text inside strings is left alone. The input is a span whose strings are all closed.
 */
export function undoPython(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = afterString(text, at);
      continue;
    }
    const word = character === undefined || !'NTFI-'.includes(character) ? undefined : wordAt(text, at);
    if (word === undefined) {
      at += 1;
      continue;
    }
    parts.push(text.slice(kept, at), word[1]);
    at += word[0].length;
    kept = at;
  }
  parts.push(text.slice(kept));
  return parts.join('');
}

function wordAt(text: string, at: number): readonly [python: string, json: string] | undefined {
  return words.find(([python]) => text.startsWith(python, at));
}

function afterString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
