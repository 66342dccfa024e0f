import { explain } from './explain.ts';
import { simulate } from './simulate.ts';

/** `node test/simulation/replay.ts SEED`: lives one seed again and prints everything that happened. */
const seed = Number(process.argv[2]);
if (!Number.isSafeInteger(seed)) throw new Error('usage: node test/simulation/replay.ts SEED');
process.stdout.write(`${explain(await simulate(seed), Number.POSITIVE_INFINITY)}\n`);
