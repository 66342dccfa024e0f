import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guarantees } from './guarantees.ts';
import { bank } from './mutants/bank.ts';

const page = readFileSync('docs/reliability.md', 'utf8');

describe('every promise', () => {
  test.each(Object.entries(guarantees))(
    '%s is told in docs/reliability.md and has a bug that breaks it',
    (id, words) => {
      expect(page, `docs/reliability.md has no line "${id} | ${words}"`).toContain(`| ${id} | ${words}`);
      expect(
        bank.filter(({ breaks }) => breaks.some((broken) => broken === id)).length,
        `no mutant breaks ${id}`,
      ).toBeGreaterThan(0);
    },
  );

  test('of the page is in the list', () => {
    const told = [...page.matchAll(/^\| ([GSL]\d+) \|/gm)].map(([, id]) => id);
    expect(told.filter((id) => id !== undefined && !Object.hasOwn(guarantees, id))).toEqual([]);
  });
});
