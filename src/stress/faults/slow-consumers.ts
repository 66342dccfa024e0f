import { sleep } from '../../clock.ts';
import { shuffled } from '../chance.ts';
import type { FaultOutcome, Laboratory } from '../laboratory.ts';

const slowMs = 30;
const lastsMs = 1_000;
const lookEveryMs = 20;
/** Handler runs after which the point is made. */
const enough = 20;

/** A third of the consumers take 30 ms longer for each message, for a second or twenty messages. */
export async function slowConsumers(lab: Laboratory): Promise<FaultOutcome> {
  const { consumers, tally, clock, random, signal, release } = lab;
  const victims = shuffled(consumers, random).slice(0, Math.ceil(consumers.length / 3));
  const before = tally.slowed;
  for (const victim of victims) victim.order({ do: 'slow', ms: slowMs });
  release();
  const endsAt = clock.monotonic() + lastsMs;
  // Until it was felt, or its time is over: an idle consumer cannot be slow.
  while (clock.monotonic() < endsAt && tally.slowed - before < enough) await sleep(clock, lookEveryMs, signal);
  for (const victim of victims) victim.order({ do: 'slow', ms: 0 });
  const slowed = tally.slowed - before;
  const names = victims.map(({ name }) => name).join(', ');
  return {
    acted: slowed,
    detail: slowed === 0 ? `no message came to ${names}` : `${slowed} messages handled slowly by ${names}`,
  };
}
