/**
 * How many tokens of a model's context a text takes, estimated from above without a vocabulary: vendors' tokenizers differ
 * and some are not public, so a budget is kept against an estimate that errs on the long side. On prose, code, JSON,
 * identifiers, hex, base64 and non-Latin text it is at or above the count of OpenAI's o200k and cl100k (held by a test); no
 * text takes more tokens than it has UTF-8 bytes.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(pieces)) tokens += tokensOf(piece);
  return Math.min(tokens, Buffer.byteLength(text));
}

/** The longest beginning of `text` that fits into `budget` tokens, cut between characters; all of it where it fits. */
export function cutToTokens(text: string, budget: number): string {
  let tokens = 0;
  let end = 0;
  for (const match of text.matchAll(pieces)) {
    tokens += tokensOf(match[0]);
    if (tokens > budget) return text.slice(0, end);
    end = match.index + match[0].length;
  }
  return text;
}

/** The way tokenizers split before they look into their vocabulary: words, numbers, white space, the rest; long runs whole. */
const pieces = /[A-Za-z0-9]{10,}|\p{Script=Latin}+|\p{N}{1,3}|\s+|[^\p{Script=Latin}\p{N}\s]{1,16}/gu;

const vowels = /[aeiouy]/i;

function tokensOf(piece: string): number {
  const first = piece.charCodeAt(0);
  if (first <= 32) return whitespaceTokens(piece);
  // Letters mixed with digits are keys and hashes: 1.4 characters a token in base64, 1.6 in hex (measured).
  if (piece.length >= 10 && /\d/.test(piece)) return Math.ceil(piece.length / 1.3);
  if (/^\p{N}/u.test(piece)) return /^\d/.test(piece) ? 1 : Buffer.byteLength(piece);
  if (/^\p{Script=Latin}/u.test(piece)) return wordTokens(piece);
  // Signs and symbols seldom share a token; other scripts take up to one per byte, commonly one per character or two.
  return /^[\u0020-\u007e]+$/.test(piece) ? piece.length : symbolTokens(piece);
}

/** One space goes with the word after it; line breaks and indentation are tokens of their own. */
function whitespaceTokens(piece: string): number {
  return piece === ' ' ? 0 : 1 + Math.floor(piece.length / 16);
}

function wordTokens(word: string): number {
  let tokens = 0;
  // camelCase and random letters are cut where the case changes.
  for (const part of word.match(/\p{Lu}*\p{Ll}+|\p{Lu}+|[^\p{Lu}\p{Ll}]+/gu) ?? []) {
    const isAscii = Buffer.byteLength(part) === part.length;
    const perToken = !isAscii ? 1 : part.length > 2 && !vowels.test(part) ? 1.5 : part === part.toUpperCase() ? 2 : 4;
    tokens += Math.ceil(part.length / perToken);
  }
  return tokens;
}

function symbolTokens(piece: string): number {
  let tokens = 0;
  for (const character of piece)
    tokens += character.length === 2 || character >= '\u3000' ? Buffer.byteLength(character) : 2;
  return tokens;
}
