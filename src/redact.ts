/**
 * Takes secrets out of text before it is stored beyond a message, logged or sent away. Three nets, widest last: secrets
 * known exactly (our own tokens, webhook addresses), the published formats of vendors' keys, and text that looks random
 * beside a word that announces a secret. What is taken is replaced by `[redacted KIND]`, so that a reader sees that
 * something was there.
 */
export interface Redaction {
  readonly text: string;
  /** What was taken, by kind, in order of appearance; empty when the text is untouched. */
  readonly found: readonly string[];
}

/** Formats as their vendors document them; each begins with something that is not found in prose. */
const formats: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['private key', /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g],
  ['discord webhook', /https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/\d+\/[\w-]+/g],
  ['slack webhook', /https:\/\/hooks\.slack\.com\/services\/[\w/]+/g],
  ['waggle token', /\bwag_[a-z0-9]+_[A-Za-z0-9_-]{20,}/g],
  ['anthropic key', /\bsk-ant-[A-Za-z0-9_-]{20,}/g],
  ['openai key', /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}/g],
  ['stripe key', /\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}/g],
  ['github token', /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})/g],
  ['gitlab token', /\bglpat-[A-Za-z0-9_-]{20,}/g],
  ['npm token', /\bnpm_[A-Za-z0-9]{30,}/g],
  ['slack token', /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g],
  ['aws key id', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['google key', /\bAIza[A-Za-z0-9_-]{35}/g],
  ['json web token', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g],
  ['password in address', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"']{1,64}:[^\s/@"']{3,128}@/g],
];

/** `password: …`, `"api_key": "…"`, `Authorization: Bearer …`. The value is judged, the name stays. */
const announced =
  /((?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credentials?|authorization|bearer|cookie)["']?\s*(?:[:=]|\s(?=bearer\s))\s*["']?(?:bearer\s+|basic\s+)?)([^\s"',;}{]{8,512})/gi;

/** `known`: secrets of this machine, taken wherever they stand. */
export function redact(text: string, known: readonly string[] = []): Redaction {
  const found: string[] = [];
  const take = (kind: string) => {
    found.push(kind);
    return `[redacted ${kind}]`;
  };
  let result = text;
  for (const secret of known) {
    if (secret.length >= 8) result = result.replaceAll(secret, () => take('secret'));
  }
  for (const [kind, pattern] of formats) result = result.replace(pattern, () => take(kind));
  result = result.replace(announced, (whole: string, name: string, value: string) =>
    looksRandom(value) ? name + take('secret') : whole,
  );
  return { text: result, found };
}

/** Applies `redact` to every text inside a JSON value, member names left alone; says where, as `$.a[0].b`. */
export function redactJson(
  value: unknown,
  known: readonly string[] = [],
): { value: unknown; paths: readonly string[] } {
  const paths: string[] = [];
  const walk = (node: unknown, path: string, name: string): unknown => {
    if (typeof node === 'string') {
      // A member's name announces its value just as `name: value` does in text.
      const announcedHere = redact(`${name}: ${node}`, known);
      if (announcedHere.found.length === 0) return node;
      paths.push(path);
      return announcedHere.text.slice(name.length + 2);
    }
    if (Array.isArray(node)) return node.map((item, index) => walk(item, `${path}[${index}]`, name));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, walk(member, `${path}.${key}`, key)]));
  };
  return { value: walk(value, '$', ''), paths };
}

/** Bits per character from which text is no word or path: base64 of keys is above 4, identifiers below 3.5 (measured). */
const randomBits = 3.2;

function looksRandom(value: string): boolean {
  if (value.startsWith('[redacted ')) return false;
  if (/^(?:\$\{?\w|<|\*+$|x+$|process\.env|env\.|os\.environ)/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return (
    value.length >= 8 &&
    kinds >= 2 &&
    /\d|[^A-Za-z0-9_./()-]/.test(value) &&
    entropy(value) * Math.min(1, value.length / 10) >= randomBits * 0.8
  );
}

/** Shannon entropy of the characters, in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - (count / text.length) * Math.log2(count / text.length), 0);
}
