import { describe, expect, test } from 'vitest';
import { parsePane } from './pane.ts';
import { literal, pipeCommand, versionObstacle } from './tmux-server.ts';

describe('what tmux would read in a word', () => {
  test.each([
    ['do it;', 'do it\\;'],
    [';', '\\;'],
    ['x\\;', 'x\\\\;'],
    ['a;b', 'a;b'],
    ['', ''],
  ])('%j is handed over as %j', (word, handed) => expect(literal(word)).toBe(handed));

  test('formats, times and quotes of a path stay what they are', () => {
    expect(pipeCommand(['/a b', "#(x) %H 'y'"])).toBe(`exec '/a b' '##(x) %%H '\\''y'\\'''`);
  });
});

test.each([
  [undefined, /not installed/],
  ['tmux 3.2a\n', /3\.3 or newer, this is tmux 3\.2a/],
  ['tmux 2.9', /3\.3 or newer/],
])('%j cannot be used: %s', (answer, reason) => expect(versionObstacle(answer)).toMatch(reason));

test.each(['tmux 3.3a', 'tmux 3.10', 'tmux next-3.6', 'tmux 4.0'])('%s can be used', (answer) => {
  expect(versionObstacle(answer)).toBeUndefined();
});

describe('a pane as tmux tells of it', () => {
  const pane = { id: '%1', pid: 42, isInMode: false };

  test.each([
    ['n %1 42 0   0 my program', { ...pane, command: 'my program' }],
    ['n %1 42 0   1 node', { ...pane, isInMode: true, command: 'node' }],
    ['n %1 42 1 3  0 sh', { ...pane, command: 'sh', exit: { code: 3 } }],
    ['n %1 42 1  11 0 sh', { ...pane, command: 'sh', exit: { signal: 'SIGSEGV' } }],
    ['n %1 42 1  99 0 sh', { ...pane, command: 'sh', exit: { signal: 'signal 99' } }],
    ['n %1 42 1   0 sh', { ...pane, command: 'sh' }],
  ])('%s', (line, expected) => expect(parsePane(line)).toEqual(expected));
});
