import { writeFileSync } from 'node:fs';
import { shuffled } from '../chance.ts';
import type { FaultOutcome, Laboratory } from '../laboratory.ts';

const hour = 3_600_000;
const jumps = [48 * hour, -hour, -48 * hour] as const;
/** How far the hub's stamp may be from what was asked for: the time a call takes. */
const toleranceMs = 60_000;

/** The hub's wall clock jumps two days ahead, an hour and two days back, in a seeded order, and then is right again. */
export async function clockJump(lab: Laboratory): Promise<FaultOutcome> {
  const { workspace, clock, random, hubTime, release } = lab;
  release();
  const seen: string[] = [];
  for (const jump of [...shuffled(jumps, random), 0]) {
    writeFileSync(workspace.skewFile, String(jump));
    const skew = (await hubTime()) - clock.now();
    if (Math.abs(skew - jump) < toleranceMs && jump !== 0)
      seen.push(`${jump > 0 ? '+' : '−'}${Math.abs(jump) / hour} h`);
  }
  return {
    acted: seen.length,
    detail:
      seen.length === 0 ? 'the hub did not follow the skewed clock' : `wall clock of the hub at ${seen.join(', ')}`,
  };
}
