import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Due, DueHeap, notInHeap } from './due-heap.ts';

test('its first item is the one due first, whatever was scheduled, moved and taken out', () => {
  const step = fc.record({ item: fc.nat(15), dueAt: fc.oneof(fc.nat(20), fc.constant(Number.POSITIVE_INFINITY)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new DueHeap<Due>();
      const items = Array.from({ length: 16 }, (_, seq) => ({
        seq,
        dueAt: Number.POSITIVE_INFINITY,
        heapIndex: notInHeap,
      }));
      for (const { item, dueAt } of steps) {
        const chosen = items[item];
        if (chosen !== undefined) heap.schedule(chosen, dueAt);
        const due = items.filter((one) => one.dueAt < Number.POSITIVE_INFINITY);
        const [first] = due.sort((a, b) => a.dueAt - b.dueAt || a.seq - b.seq);
        expect(heap.first()).toBe(first);
        expect(heap.size).toBe(due.length);
      }
    }),
  );
});
