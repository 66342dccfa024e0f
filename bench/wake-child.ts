import { answerCalls } from './child.ts';
import { listenWithBullMq } from './peers/bullmq.ts';
import type { Listener, Place } from './peers/peer.ts';
import { listenWithWaggle } from './peers/waggle.ts';

/** A waiting consumer in a process of its own: `wake-child.ts NAME`. It answers how late each message came. */
const listeners: Readonly<Record<string, (place: Place) => Listener>> = {
  socket: listenWithWaggle,
  bullmq: listenWithBullMq,
};

let listener: Listener | undefined;
let delays: number[] = [];
let heard = () => {};

answerCalls({
  async open(place: Place) {
    listener = listeners[process.argv[2] ?? '']?.(place);
    await listener?.listen(({ sentAt }) => {
      delays.push(Number(process.hrtime.bigint()) / 1e6 - sentAt);
      heard();
    });
  },
  /** Waits for the `count`th message since the last time. */
  async delays(count: number) {
    while (delays.length < count) await new Promise<void>((resolve) => (heard = resolve));
    const result = delays;
    delays = [];
    return result;
  },
  async close() {
    await listener?.[Symbol.asyncDispose]();
  },
});
