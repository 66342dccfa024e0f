import { describe, expect, test } from 'vitest';
import { renderJson } from '../../render-json.ts';
import type { ReceivedMessage } from '../../sdk/swarm.ts';
import { collectOutput } from '../../testing/cli-context.ts';
import { messageCells, messageJson, printLease, printMessage } from './message-output.ts';

const now = Date.parse('2026-01-01T00:01:00.000Z');
const message: ReceivedMessage = {
  id: 'msg_1',
  state: 'leased',
  gen: 7,
  attempt: 1,
  maxAttempts: 5,
  from: 'ada',
  to: 'bob',
  inboxSeq: 1,
  subject: 'hi',
  bodyText: 'line one\nline \u001b[2Jtwo',
  body: 'line one\nline \u001b[2Jtwo',
  bodyType: 'text',
  kind: 'text',
  priority: 'normal',
  threadId: 't',
  createdAt: '2026-01-01T00:00:00.000Z',
  leaseExpiresAt: '2026-01-01T00:02:00.000Z',
};

describe('messageJson', () => {
  test('gives a JSON body as the source it came from and a text body as a string', () => {
    const json = { ...message, bodyType: 'json' as const, bodyText: '{"n":1.0}', body: { n: 1 } };
    expect(renderJson(messageJson(json))).toContain('"subject":"hi","body":{"n":1.0},"kind"');
    expect(messageJson(message)).toMatchObject({ body: message.bodyText });
    expect(messageJson(message)).not.toHaveProperty('bodyText');
  });
});

describe('printMessage', () => {
  test('is who, when and the text, indented and made safe', () => {
    const { output, stdout } = collectOutput({ terminal: true });
    printMessage(message, output, now);
    printLease(message, output, now);
    expect(stdout()).toBe(
      'ada → bob · 1m ago\n  hi\n  line one\n  line [2Jtwo\n  waggle ack msg_1 --gen 7 (yours for 1m)\n',
    );
  });

  test.each([
    ['urgent', ' · urgent'],
    ['high', ' · high'],
    ['low', ' · low'],
  ] as const)('says what is out of the ordinary: %s', (priority, text) => {
    const { output, stdout } = collectOutput();
    printMessage({ ...message, priority, attempt: 2, kind: 'gas', subject: null }, output, now);
    expect(stdout()).toContain(`${text} · gas · attempt 2 of 5\n  line one`);
  });

  test('cuts a long body and says how to see it all', () => {
    const { output, stdout } = collectOutput();
    printMessage({ ...message, bodyText: 'x\n'.repeat(49) }, output, now);
    expect(stdout()).toContain('… 10 more lines: waggle message msg_1\n');
  });

  test('without a lease there is no time to say', () => {
    const { output, stdout } = collectOutput();
    printLease({ ...message, leaseExpiresAt: null }, output, now);
    expect(stdout()).toBe('  waggle ack msg_1 --gen 7\n');
  });
});

test('cells are one message in one line', () => {
  expect(messageCells({ ...message, subject: null })).toEqual([
    'msg_1',
    7,
    'leased',
    'ada',
    'bob',
    'normal',
    '',
    'line one line [2Jtwo',
  ]);
});
