import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const built = fileURLToPath(new URL('../../dist/ui/', import.meta.url));
const mostBytes = 300 * 1024;

test('the first load of the dashboard, all of it compressed, stays small', () => {
  const files = readdirSync(built, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => ({
    name,
    bytes: gzipSync(readFileSync(`${parentPath}/${name}`)).length,
  }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  // The number of docs/dashboard.md.
  process.stdout.write(
    `first load of the dashboard: ${total} bytes compressed (${sizes.map(({ name, bytes }) => `${name} ${bytes}`).join(', ')})\n`,
  );
  expect(sizes.length).toBeGreaterThanOrEqual(4);
  expect(total).toBeLessThan(mostBytes);
});
