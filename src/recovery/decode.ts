/**
 * Gives the scanner one byte per character position, whatever the file's encoding, so that positions map back to the
 * file by arithmetic alone. UTF-16 is narrowed to one byte per code unit (all non-ASCII becomes 0x80, which the scanner
 * treats as plain string content); the text of an entry is always decoded from the file's own bytes.
 */
export type QueueEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export interface DecodedQueue {
  readonly encoding: QueueEncoding;
  readonly file: Uint8Array;
  /** One byte per position; for UTF-8 the file itself, not a copy. */
  readonly scanned: Uint8Array;
  /** First position after the byte order mark. */
  readonly start: number;
  /** Byte offset in the file of a position. */
  fileOffset(position: number): number;
  /** Text between two positions, or undefined when those bytes are not valid in the encoding. */
  text(start: number, end: number): string | undefined;
}

export function decodeQueue(file: Uint8Array): DecodedQueue {
  const encoding = detectEncoding(file);
  if (encoding !== 'utf-8') return decodeUtf16(file, encoding);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return {
    encoding,
    file,
    scanned: file,
    start: file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? 3 : 0,
    fileOffset: (position) => position,
    text: (start, end) => decode(decoder, file.subarray(start, end)),
  };
}

const opening = new Set(Buffer.from('[{'));
/** What can follow the first bracket of a queue. */
const following = new Set(Buffer.from('{"[] \n\r'));

/** By byte order mark, else by the NUL byte beside the first bracket, which every UTF-16 queue has. */
function detectEncoding(file: Uint8Array): QueueEncoding {
  const [first = -1, second = -1, third = -1, fourth = -1] = file;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Four bytes must agree: a NUL block written over an 8-bit file also leaves a NUL beside a bracket.
  if (opening.has(first) && second === 0 && following.has(third) && fourth === 0) return 'utf-16le';
  if (first === 0 && opening.has(second) && third === 0 && following.has(fourth)) return 'utf-16be';
  return 'utf-8';
}

function decodeUtf16(file: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): DecodedQueue {
  const low = encoding === 'utf-16le' ? 0 : 1;
  const units = file.length >> 1;
  const scanned = new Uint8Array(units);
  for (let unit = 0; unit < units; unit += 1) {
    const lowByte = file[unit * 2 + low] as number; // Both bytes of a whole unit are there.
    scanned[unit] = file[unit * 2 + 1 - low] === 0 && lowByte < 0x80 ? lowByte : 0x80;
  }
  return {
    encoding,
    file,
    scanned,
    start: file[low] === 0xff && file[1 - low] === 0xfe ? 1 : 0,
    fileOffset: (position) => position * 2,
    text: (start, end) => utf16Text(file, start, end, encoding),
  };
}

/** Lone surrogates are kept as they are: they are the legacy writer's own, not damage of the encoding. */
function utf16Text(file: Uint8Array, start: number, end: number, encoding: 'utf-16le' | 'utf-16be'): string {
  const bytes = Buffer.from(file.subarray(start * 2, end * 2));
  if (encoding === 'utf-16be') bytes.swap16();
  return bytes.toString('utf16le');
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
