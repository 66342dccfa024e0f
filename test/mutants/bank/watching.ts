import { type Mutant, mutant, store } from '../mutant.ts';

const judging = 'src/monitor/judge.test.ts';
const alerts = 'src/monitor/alerts.test.ts';
const watch = `${store}/sqlite-watch.test.ts`;

export const watching: readonly Mutant[] = [
  mutant('an alert has no patience', 'G22', ['src/monitor/judge.ts', 'now - since < rule.forMs', 'false'], [judging]),
  mutant(
    'an alert is over as soon as the threshold is not passed',
    'G22',
    ['src/monitor/judge.ts', 'if (!isCleared(rule, value))', 'if (isBeyond(rule, value))'],
    [judging],
  ),
  mutant(
    'a figure that cannot be told ends its alert',
    'G22',
    ['src/monitor/judge.ts', 'if (value === undefined) return { condition: before };', 'value ??= rule.clear;'],
    [judging],
  ),
  mutant(
    'an alert waits for a store that is gone',
    'G22',
    [
      'src/monitor/alerts.ts',
      'if (this.#isStoreOpen()) this.#unkept.push(change);',
      'if (this.#isLoaded) this.#unkept.push(change);',
    ],
    [alerts],
  ),
  mutant(
    'an alert of a former hub is told again',
    'G22',
    ['src/monitor/alerts.ts', 'board.adopt(alert);', ''],
    [alerts],
  ),
  mutant(
    'another file in the place of the store goes unseen',
    'G22',
    [`${store}/sqlite-watch.ts`, 'if (ino !== inode)', 'if (inode === undefined)'],
    [watch],
  ),
  mutant(
    'a check looks at the first table only',
    'G22',
    [`${store}/integrity-worker.ts`, 'const isLast = tables.length === 0;', 'const isLast = true;'],
    [watch],
  ),
];
