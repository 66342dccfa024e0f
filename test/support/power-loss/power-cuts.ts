import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../../src/backoff.ts';
import { conversation } from './conversation.ts';
import { type Cut, Disk, type Remains } from './disk.ts';
import { judge, materialise, type Verdict } from './judge.ts';
import type { PowerRecord } from './power-log.ts';
import { PromiseKeeper } from './promises.ts';

export type Findings = Record<keyof Verdict, string[]> & { cuts: number; cutsThatLost: number };

/** Cuts the power at `count` sampled places of a log and judges the store that is left each time. */
export async function cutAndJudge(
  records: readonly PowerRecord[],
  { root, count, random }: { readonly root: string; readonly count: number; readonly random: Random },
): Promise<Findings> {
  const keeper = new PromiseKeeper(conversation(records));
  const findings: Findings = { corrupt: [], lost: [], back: [], unfenced: [], phantom: [], cuts: 0, cutsThatLost: 0 };
  for await (const { place, folder, told } of powerCuts(records, { root, count, random })) {
    const verdict = await judge(folder, keeper.upTo(place), random);
    findings.cuts += 1;
    if (verdict.lost.length + verdict.back.length > 0) findings.cutsThatLost += 1;
    for (const kind of ['corrupt', 'lost', 'back', 'unfenced', 'phantom'] as const) {
      for (const text of verdict[kind]) findings[kind].push(`${text} (${told})`);
    }
  }
  return findings;
}

export interface PowerCut {
  /** Everything before this record of the log had happened. */
  readonly place: number;
  /** What is left, laid out; gone with the next cut. */
  readonly folder: string;
  readonly remains: Remains;
  readonly told: string;
}

/** Places in rising order, each with what the disk holds after the power went there. */
export async function* powerCuts(
  records: readonly PowerRecord[],
  { root, count, random }: { readonly root: string; readonly count: number; readonly random: Random },
): AsyncGenerator<PowerCut> {
  const disk = new Disk(root);
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'waggle-cut-'));
  try {
    let fed = 0;
    for (const place of samplePlaces(records, count, random)) {
      for (const record of records.slice(fed, place)) disk.feed(record);
      fed = place;
      const cut = chooseCut(random);
      const remains = disk.cut(cut);
      materialise(remains, root, folder);
      const kept = typeof cut === 'string' ? cut : `${Math.round(cut.keep * 100)} % of the sectors`;
      yield {
        place,
        folder,
        remains,
        told: `cut at ${place} of ${records.length}, kept of what was not synced: ${kept}`,
      };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Half of them right after something was said, where a promise is freshest; the others anywhere. */
function samplePlaces(records: readonly PowerRecord[], count: number, random: Random): number[] {
  const replies = records.flatMap(({ type }, at) => (type === 'reply' ? [at + 1] : []));
  const anywhere = () => Math.floor(random() * (records.length + 1));
  const places = Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? (replies[Math.floor(random() * replies.length)] ?? anywhere()) : anywhere(),
  );
  return places.sort((a, b) => a - b);
}

function chooseCut(random: Random): Cut {
  const dice = random();
  if (dice < 0.2) return 'none';
  if (dice < 0.3) return 'all';
  return { random, keep: 0.05 + 0.9 * random() };
}
