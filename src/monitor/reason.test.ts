import { expect, test } from 'vitest';
import { reasonOf } from './reason.ts';

test.each([
  [new Error('no room'), 'no room'],
  ['a word', 'a word'],
])('the reason of %s is %s', (error, reason) => expect(reasonOf(error)).toBe(reason));
