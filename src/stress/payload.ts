import { chance } from './chance.ts';

/** What trips up naive writers: structure, escapes, line ends, text beyond ASCII. */
const alphabet = ['}', '{', '"', '\\', '\n', ']', ',', ':', 'é', '漢', '🐝', 'a', 'b', 'c', '0', ' '].map((letter) => ({
  letter,
  bytes: Buffer.byteLength(JSON.stringify(letter)) - 2,
}));

export interface Payload {
  readonly key: string;
  readonly pad: string;
}

/**
 * The body of the message `key`, `bytes` bytes of JSON at most and at least the frame around the key: the same
 * whenever it is made again, so that a producer that was killed can send it once more.
 */
export function payloadOf(seed: number, key: string, bytes: number): Payload {
  let pad = '';
  let left = bytes - Buffer.byteLength(JSON.stringify({ key, pad }));
  for (let state = Math.floor(chance(seed, key) * 2 ** 32); ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const next = alphabet[state >>> 28]; // sixteen letters, the four best bits
    if (next === undefined || next.bytes > left) return { key, pad };
    pad += next.letter;
    left -= next.bytes;
  }
}
