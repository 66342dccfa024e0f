import type { Random } from '../backoff.ts';

/**
 * Chance that depends on names, not on order: the same seed and the same words give the same number in [0, 1) in
 * whichever process and at whatever moment it is asked for. So a run can be repeated though its processes race.
 */
export function chance(seed: number, ...words: readonly (string | number)[]): number {
  // FNV-1a over the words, then the finisher of MurmurHash3: neighbours come out far apart.
  let hash = 0x811c9dc5 ^ seed;
  const text = words.join('\u0000');
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A stream of such numbers under one name. */
export function stream(seed: number, name: string): Random {
  let next = 0;
  return () => chance(seed, name, next++);
}

/** A seeded order of the items; the same list comes back for the same seed. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}
