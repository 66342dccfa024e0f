import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeqQueue } from './seq-queue.ts';

test('is a sorted list, whatever the order of pushes and pops', () => {
  const step = fc.oneof({ weight: 3, arbitrary: fc.nat(1_000) }, { weight: 2, arbitrary: fc.constant(undefined) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new SeqQueue<{ seq: number }>();
      const model: number[] = [];
      for (const seq of steps) {
        if (seq === undefined) {
          expect(queue.pop()?.seq).toBe(model.shift());
        } else {
          queue.push({ seq });
          model.push(seq);
          model.sort((a, b) => a - b);
        }
        expect(queue.peek()?.seq).toBe(model[0]);
        expect(queue.items().map((item) => item.seq)).toEqual(model);
      }
    }),
  );
});

test('gives consumed places back while it is in use', () => {
  const queue = new SeqQueue<{ seq: number }>();
  for (let seq = 0; seq < 5_000; seq += 1) queue.push({ seq });
  for (let seq = 0; seq < 4_999; seq += 1) expect(queue.pop()?.seq).toBe(seq);
  queue.push({ seq: 5_000 });
  expect(queue.items().map(({ seq }) => seq)).toEqual([4_999, 5_000]);
});
