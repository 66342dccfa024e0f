import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { answerOf } from './ask-worker.ts';

/** Says what the test has it say. */
const stand = () => new EventEmitter() as unknown as Worker; // only its events are listened to

test('an answer is what was found, or the error it tells', async () => {
  const worker = stand();
  const found = answerOf<number>(worker);
  worker.emit('message', { found: 7 });
  expect(await found).toBe(7);
  const refused = answerOf(worker);
  worker.emit('message', { error: { code: 'store_missing', message: 'gone' } });
  await expect(refused).rejects.toMatchObject({ code: 'store_missing' });
  expect(worker.eventNames()).toEqual([]);
});

test('a worker that breaks or ends without an answer is an error, not a silence', async () => {
  const worker = stand();
  const broken = answerOf(worker);
  worker.emit('error', new Error('out of memory'));
  await expect(broken).rejects.toThrow('out of memory');
  const ended = answerOf(worker);
  worker.emit('exit', 1);
  await expect(ended).rejects.toThrow('ended without an answer');
});
