import { sleep } from '../../clock.ts';
import { pick } from '../chance.ts';
import type { FaultOutcome, Laboratory } from '../laboratory.ts';
import type { WorkerProcess } from '../worker-process.ts';

/** How long a victim may take to come by the point at which it is to die. */
const patienceMs = 1_000;

/**
 * One producer and one consumer are killed and started again: the one between the accept of a send and its answer, the
 * other between a lease and its settles. A victim that does not come by such a point is killed from outside.
 */
export async function crash(lab: Laboratory): Promise<FaultOutcome> {
  const victims = [pick(lab.producers, lab.random), pick(lab.consumers, lab.random)];
  for (const victim of victims) victim.order({ do: 'die' });
  lab.release();
  const ways = await Promise.all(victims.map((victim) => killOne(victim, lab)));
  return { acted: ways.length, detail: ways.join(', ') };
}

async function killOne(victim: WorkerProcess, { clock, signal }: Laboratory): Promise<string> {
  const giveUp = new AbortController();
  const patience = sleep(clock, patienceMs, AbortSignal.any([signal, giveUp.signal])).then(() => false);
  const diedInside = await Promise.race([victim.ended().then(() => true), patience]).finally(() =>
    giveUp.abort(new Error('the victim has ended')),
  );
  if (!diedInside) await victim.kill();
  await victim.start();
  const moment = victim.role === 'producer' ? 'before the answer to a send' : 'with leases in hand';
  return `${victim.name} killed ${diedInside ? moment : 'while it had nothing to do'}`;
}
