import { expect, test } from 'vitest';
import { WaggleError } from '../../errors.ts';
import { collectOutput } from '../../testing/cli-context.ts';
import { printError } from './error-output.ts';

test('a person reads code, thing, value and what to do on stderr, made safe', () => {
  const { output, stdout, stderr } = collectOutput();
  printError(new WaggleError('not_found', 'agent \u001b[31m"bob" is not registered; add it'), output, false);
  expect(stderr()).toBe('not_found: agent [31m"bob" is not registered; add it\n');
  expect(stdout()).toBe('');
});

test('with --json the same is one document on stdout', () => {
  const { output, stdout, stderr } = collectOutput();
  printError(new WaggleError('queue_full', 'inbox bob is full', { details: { inbox: 'bob' } }), output, true);
  expect(JSON.parse(stdout())).toEqual({
    error: { code: 'queue_full', message: 'inbox bob is full', details: { inbox: 'bob' }, retry: 'later' },
  });
  expect(stderr()).toBe('queue_full: inbox bob is full\n');
});

test('details that cannot be written do not hide the error', () => {
  const { output, stdout } = collectOutput();
  printError(new WaggleError('internal', 'odd', { details: { big: 1n } }), output, true);
  expect(JSON.parse(stdout())).toEqual({ error: { code: 'internal', message: 'odd', details: {}, retry: 'unknown' } });
});
