import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** `LIMIT ?` and `state = ?` in a condition: SQLite plans such a statement anew at every call (see `Core.sql`). */
const plannedAnew = /LIMIT \?(?!\d* \+ 0)|(?:AND|WHERE) (?:\w+\.)?state = \?(?!\d* \+ 0)/g;

function plannedAnewIn(text: string): string[] {
  return text.match(plannedAnew) ?? [];
}

test('no statement is planned anew at every call', () => {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(20);
  // The page that explains it names what it forbids.
  const found = files
    .filter((name) => name !== 'core.ts')
    .flatMap((name) => plannedAnewIn(readFileSync(new URL(name, folder), 'utf8')).map((text) => `${name}: ${text}`));
  expect(found).toEqual([]);
});

test.each(['ORDER BY seq LIMIT ?', 'WHERE seq = ? AND state = ?', 'SELECT 1 WHERE m.state = ?', 'LIMIT ?4'])(
  'a made-up %s is found',
  (text) => expect(plannedAnewIn(text)).toHaveLength(1),
);

test.each([
  'ORDER BY seq LIMIT ? + 0',
  'LIMIT ?4 + 0',
  'AND state = ? + 0',
  'SET state = ?, ready_at = ?',
  'AND state = 2',
])('a made-up %s is fine', (text) => expect(plannedAnewIn(text)).toEqual([]));
