import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from './confirm.ts';

test.each([
  ['y', true],
  ['n', false],
  ['\r', false],
  ['\u0003', false],
])('the key %j is %s', async (key, answer) => {
  const input = new PassThrough();
  const output = new PassThrough();
  const asked = confirm('Delete 2 dead letters for good?', input, output);
  await expect.poll(() => String(output.read() ?? '')).toContain('Delete 2 dead letters for good?');
  input.write(key);
  expect(await asked).toBe(answer);
});
