import { scanQueue } from '../../src/recovery/queue-scan.ts';
import { corpusClasses, damagedFiles } from './corruption-corpus.ts';
import { stepCounter } from './count-steps.ts';
import { hostileQueues } from './hostile-queues.ts';

/** What a text cost to scan and list. */
export interface Cost {
  readonly name: string;
  readonly bytes: number;
  readonly steps: number;
}

export interface RecoverySteps {
  /** Each hostile text at one size, and at four times that. */
  readonly hostile: readonly { readonly small: Cost; readonly big: Cost }[];
  /** The file of the corpus that cost the most for its bytes. */
  readonly worst: Cost;
  readonly files: number;
}

/** Listing is part of it: texts are compared and judged there. */
function scanAndList(bytes: Buffer): void {
  for (const { length } of scanQueue(bytes, { maxEntryBytes: 2 ** 20 }).entries)
    if (length === 0) throw new Error('empty');
}

/** Run as a child: `node recovery-steps.ts SEED SHARE` prints `RecoverySteps` as JSON. */
if (process.argv[1] === import.meta.filename) {
  const [, , seed = '1', share = '1'] = process.argv;
  const count = await stepCounter('/src/recovery/');
  const costOf = async (name: string, bytes: Buffer): Promise<Cost> => ({
    name,
    bytes: bytes.length,
    steps: await count(() => scanAndList(bytes)),
  });
  await costOf('what is done once', Buffer.from('[]'));
  const size = 32 * 1024;
  const big = hostileQueues(4 * size);
  const hostile: { small: Cost; big: Cost }[] = [];
  for (const [at, [name, text]] of hostileQueues(size).entries()) {
    hostile.push({
      small: await costOf(name, Buffer.from(text)),
      big: await costOf(name, Buffer.from(big[at]?.[1] ?? '')),
    });
  }
  let worst: Cost = { name: '', bytes: 1, steps: 0 };
  let files = 0;
  for (const name of corpusClasses) {
    for (const file of damagedFiles(name, Number(seed), Number(share))) {
      const cost = await costOf(file.name, file.bytes);
      if (perByte(cost) > perByte(worst)) worst = cost;
      files += 1;
    }
  }
  process.stdout.write(JSON.stringify({ hostile, worst, files } satisfies RecoverySteps));
}

/** Small files have a cost of their own. */
export function perByte({ bytes, steps }: Cost): number {
  return steps / Math.max(bytes, 1_000);
}
