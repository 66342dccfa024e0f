import { describe, expect, test } from 'vitest';
import { collectOutput } from '../../testing/cli-context.ts';
import { createStyle } from './style.ts';
import { printTable } from './table.ts';

describe('Output', () => {
  test('results go to stdout, everything said about them to stderr', () => {
    const { output, stdout, stderr } = collectOutput();
    output.line('result');
    output.line();
    output.json('{"a":\n"\u202e"}');
    output.note('by the way');
    output.noteInline('50 %');
    expect(stdout()).toBe('result\n\n{"a": "\\u202e"}\n');
    expect(stderr()).toBe('by the way\n50 %');
  });

  test('cells cannot break out of their line', () => {
    const { output, stdout } = collectOutput();
    output.cells(['a\tb\nc', 7, '\u001b[2J']);
    expect(stdout()).toBe('a b c\t7\t[2J\n');
  });

  test('a reader that goes away is quiet and ends what would go on for ever', async () => {
    const { output, stdout, out } = collectOutput();
    output.line('one');
    out.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    output.line('two');
    expect(stdout()).toBe('one\n');
    expect(output.readerGone.aborted).toBe(true);
    out.writableNeedDrain = true;
    await output.caughtUp();
    await output.flush();
  });

  test('waits for a slow reader', async () => {
    const { output, out } = collectOutput();
    await output.caughtUp();
    out.writableNeedDrain = true;
    const order: string[] = [];
    const waiting = output.caughtUp().then(() => order.push('caught up'));
    order.push('drain');
    out.emit('drain');
    await waiting;
    expect(order).toEqual(['drain', 'caught up']);
  });

  test('an unreadable stderr changes nothing', async () => {
    const { output, error, stdout } = collectOutput();
    error.emit('error', new Error('EPIPE'));
    output.line('fine');
    await output.flush();
    expect(stdout()).toBe('fine\n');
  });

  test('knows whether a person reads it', () => {
    expect(collectOutput().output).toMatchObject({ isTerminal: false, isErrorTerminal: false, columns: 80 });
    expect(collectOutput({ terminal: true }).output).toMatchObject({ isTerminal: true, isErrorTerminal: true });
  });
});

describe('colours', () => {
  const red = '\u001b[31mx\u001b[39m';
  test.each([
    [true, {}, red],
    [false, {}, 'x'],
    [true, { NO_COLOR: '1' }, 'x'],
    [true, { NO_COLOR: '' }, red],
    [true, { TERM: 'dumb' }, 'x'],
  ])('terminal %s with %j', (isTerminal, env, text) => expect(createStyle(isTerminal, env).bad('x')).toBe(text));
});

describe('printTable', () => {
  const columns = [{ head: 'AGENT' }, { head: 'READY', align: 'right' as const }];
  const rows = [
    ['ada', 3],
    ['bob\u001b[31m\nx', 12],
  ];
  test('aligned with a heading on a terminal', async () => {
    const { output, stdout } = collectOutput({ terminal: true });
    await printTable(output, columns, rows);
    expect(stdout()).toBe('AGENT      READY\nada            3\nbob[31m x     12\n');
  });
  test('tab-separated without heading in a pipe', async () => {
    const { output, stdout } = collectOutput();
    await printTable(output, columns, rows);
    expect(stdout()).toBe('ada\t3\nbob[31m x\t12\n');
  });
});

test('a result that could not be written is a failure, said once; a reader that left is none', () => {
  const { output, out, stderr } = collectOutput();
  out.emit('error', Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  out.emit('error', Object.assign(new Error('again'), { code: 'ENOSPC' }));
  expect(output.failure?.message).toBe('no space left');
  expect(stderr()).toBe('internal: the result could not be written (no space left)\n');
  const patient = collectOutput();
  patient.out.emit('error', Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
  expect([patient.output.failure, patient.stderr()]).toEqual([undefined, '']);
});
