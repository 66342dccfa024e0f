/**
 * Byte-level words of the damaged-queue scanner: where a string or number ends, which key it is. Each function looks
 * only forward from its start and never past its token, so a scan that restarts a bounded number of times per token
 * stays linear.
 */
export const quote = 0x22;
export const backslash = 0x5c;
export const newline = 0x0a;
export const openObject = 0x7b;
export const closeObject = 0x7d;
export const openList = 0x5b;
export const closeList = 0x5d;
export const comma = 0x2c;
export const colon = 0x3a;

/** Bits of the six fields every legacy entry has; `metadata` may be missing. */
const fields: readonly (readonly [name: string, bit: number])[] = [
  ['message', 1],
  ['queue_id', 2],
  ['priority_score', 4],
  ['status', 8],
  ['created_at', 16],
  ['updated_at', 32],
];
export const idBit = 2;
export const statusBit = 8;
export const createdBit = 16;
export const updatedBit = 32;
export const messageOrIdBits = 1 | 2;
/** Fields that no payload but an entry is likely to have. */
export const distinctiveBits = 2 | 4 | 16 | 32;
export const allFieldBits = 63;
/** All but the message, which the legacy writer puts first. */
export const afterMessageBits = 62;
/** Set when one of the six was seen twice in the same object. */
export const repeatedFieldBit = 64;

export interface Token {
  /** Position after the token; for a string that never ends, where it became impossible. */
  end: number;
  /** False: the token's borders are clear but strict JSON refuses it (bad escape, raw control character, `01`). */
  valid: boolean;
  /** False: a string met a newline, a NUL or the end of the file before its closing quote. */
  closed: boolean;
}

/** Reads the string whose opening quote is at `start` into `token`. */
export function readString(bytes: Uint8Array, start: number, token: Token): void {
  const length = bytes.length;
  token.valid = true;
  let at = start + 1;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      token.end = at + 1;
      token.closed = true;
      return;
    }
    if (byte === backslash) {
      if (!isEscape(bytes, at + 1)) token.valid = false;
      at += 2;
      // A newline or NUL is never skipped as if it were escaped: it marks a tear.
      if (isTear(bytes[at - 1])) at -= 1;
    } else if (byte >= 0x20) {
      at += 1;
    } else if (isTear(byte)) {
      break;
    } else {
      token.valid = false; // One control character is a flipped bit; the string's borders still hold.
      at += 1;
    }
  }
  token.end = Math.min(at, length);
  token.closed = false;
}

function isTear(byte: number | undefined): boolean {
  return byte === newline || byte === 0x0d || byte === 0;
}

function isEscape(bytes: Uint8Array, at: number): boolean {
  switch (bytes[at]) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true;
    case 0x75:
      return isHex(bytes[at + 1]) && isHex(bytes[at + 2]) && isHex(bytes[at + 3]) && isHex(bytes[at + 4]);
    default:
      return false;
  }
}

function isHex(byte: number | undefined): boolean {
  return byte !== undefined && (isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66));
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Reads the run of number characters at `start` into `token`. Returns false when there is none, or only a minus. */
export function readNumber(bytes: Uint8Array, start: number, token: Token): boolean {
  const isNegative = bytes[start] === 0x2d;
  if (!isNegative && !isDigit(bytes[start])) return false;
  let at = isNegative ? start + 1 : start;
  let valid = isDigit(bytes[at]);
  const leadingZero = bytes[at] === 0x30;
  const integerAt = at;
  while (isDigit(bytes[at])) at += 1;
  if (leadingZero && at > integerAt + 1) valid = false;
  if (bytes[at] === 0x2e) {
    at += 1;
    if (!isDigit(bytes[at])) valid = false;
    while (isDigit(bytes[at])) at += 1;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at += 1;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at += 1;
    if (!isDigit(bytes[at])) valid = false;
    while (isDigit(bytes[at])) at += 1;
  }
  token.end = at;
  token.valid = valid;
  token.closed = true;
  return at > start + 1 || !isNegative;
}

const jsonLiterals = ['true', 'false', 'null'].map(ascii);
const pythonLiterals = ['None', 'True', 'False', 'NaN', 'Infinity', '-Infinity'].map(ascii);

/** Reads a literal; `valid` is false for Python's. Returns false when there is none. */
export function readLiteral(bytes: Uint8Array, start: number, token: Token): boolean {
  for (const literals of [jsonLiterals, pythonLiterals]) {
    for (const literal of literals) {
      if (startsWith(bytes, start, literal) && !isWordByte(bytes[start + literal.length])) {
        token.end = start + literal.length;
        token.valid = literals === jsonLiterals;
        token.closed = true;
        return true;
      }
    }
  }
  return false;
}

function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isLetter(byte) || isDigit(byte) || byte === 0x5f || byte >= 0x80;
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

const fieldsByLength = new Map<number, { bytes: Uint8Array; bit: number }[]>();
for (const [name, bit] of fields) {
  fieldsByLength.set(name.length, [...(fieldsByLength.get(name.length) ?? []), { bytes: ascii(name), bit }]);
}

/** The field bit of the key between two quotes, 0 for any other key. */
export function fieldBit(bytes: Uint8Array, openingQuote: number, afterClosingQuote: number): number {
  const length = afterClosingQuote - openingQuote - 2;
  if (length > 14) return 0;
  for (const field of fieldsByLength.get(length) ?? []) {
    if (startsWith(bytes, openingQuote + 1, field.bytes)) return field.bit;
  }
  return 0;
}

/** The key at `openingQuote` is the name of a field but for one bit. */
export function isFlippedField(bytes: Uint8Array, openingQuote: number, bit: number): boolean {
  const name = fields.find((field) => field[1] === bit)?.[0] ?? '';
  let flipped = 0;
  for (let index = 0; index < name.length; index += 1) {
    const difference = (bytes[openingQuote + 1 + index] ?? 0) ^ name.charCodeAt(index);
    if (difference === 0) continue;
    if ((difference & (difference - 1)) !== 0) return false;
    flipped += 1;
  }
  return flipped === 1 && bytes[openingQuote + 1 + name.length] === quote;
}

const metadata = ascii('"metadata"');

/** The one field an entry may lack. */
export function isMetadata(bytes: Uint8Array, openingQuote: number): boolean {
  return startsWith(bytes, openingQuote, metadata);
}

const wrapperKeys = ['"entries"', '"pending_pushes"'].map(ascii);

/** When the key at `at` opens a wrapper's list (`"entries": [`): the position after the bracket, else -1. */
export function wrapperListStart(bytes: Uint8Array, at: number): number {
  for (const key of wrapperKeys) {
    if (!startsWith(bytes, at, key)) continue;
    const colonAt = skipSpace(bytes, at + key.length);
    const listAt = skipSpace(bytes, colonAt + 1);
    if (bytes[colonAt] === colon && bytes[listAt] === openList) return listAt + 1;
  }
  return -1;
}

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
}

export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

/** A list of objects and a comma stand before `at`: `…}],` */
export function followsObjects(bytes: Uint8Array, at: number): boolean {
  let before = skipSpaceBack(bytes, at - 1);
  for (const expected of [comma, closeList, closeObject]) {
    if (bytes[before] !== expected) return false;
    before = skipSpaceBack(bytes, before - 1);
  }
  return true;
}

function skipSpaceBack(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at -= 1;
  return at;
}

/** Brackets, commas and whitespace: what stands between entries. */
export function isStructure(byte: number | undefined): boolean {
  return isSpace(byte) || byte === comma || byte === openList || byte === closeList;
}

/** Longest key looked at when the scanner searches its way back. */
const maxSyncKey = 64;

/**
 * True when the quote at `at` surely opens a key: `,` or `{` before it, `":` after it, and a name that cannot be
 * structure read with the quotes inverted. A raw quote cannot stand inside a JSON string, so this settles which quotes
 * open and which close. Reads at most `maxSyncKey` bytes and the adjoining whitespace.
 */
export function opensKey(bytes: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (isSpace(bytes[before])) before -= 1;
  if (bytes[before] !== comma && bytes[before] !== openObject) return false;
  let letters = false;
  let end = at + 1;
  for (; end <= at + maxSyncKey; end += 1) {
    const byte = bytes[end];
    if (byte === undefined || byte < 0x20 || byte === backslash || byte === comma || byte === colon) return false;
    if (byte === openList || byte === closeList || byte === openObject || byte === closeObject) return false;
    if (byte === quote) break;
    if (isLetter(byte) || byte >= 0x80 || byte === 0x5f) letters = true;
  }
  return letters && bytes[end] === quote && bytes[skipSpace(bytes, end + 1)] === colon;
}

function startsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[at + index] !== word[index]) return false;
  }
  return true;
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
