import { resolveScenario, type Scenario, type ScenarioInput } from './scenario.ts';
import type { StressReport } from './stress-report.ts';

export interface LegacyComparison {
  /** Messages acked per second, a pair for each round. */
  readonly rounds: readonly {
    readonly waggle: number;
    readonly legacy: number;
    readonly ratio: number;
    /** Accepted by the legacy algorithm and never seen again, of as many as were sent. */
    readonly legacyLost: number;
    readonly waggleLost: number;
    readonly sent: number;
  }[];
  readonly medianRatio: number;
}

/**
 * Runs Waggle and the legacy algorithm in turns, the same scenario, processes and durability (a sync before each answer,
 * a sync after each rewrite), and compares what arrived per second. A message that was lost did not arrive.
 */
export async function compareWithLegacy(
  scenario: ScenarioInput,
  rounds: number,
  run: (scenario: Scenario) => Promise<StressReport>,
): Promise<LegacyComparison> {
  const done: LegacyComparison['rounds'][number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const given = { ...scenario, seed: (scenario.seed ?? 1) + round };
    const waggle = (await run(resolveScenario({ ...given, target: 'waggle' }))).result;
    const legacy = (await run(resolveScenario({ ...given, target: 'legacy' }))).result;
    done.push({
      waggle: waggle.throughput,
      legacy: legacy.throughput,
      ratio: legacy.throughput === 0 ? Number.POSITIVE_INFINITY : waggle.throughput / legacy.throughput,
      legacyLost: legacy.lost,
      waggleLost: waggle.lost,
      sent: waggle.sent,
    });
  }
  const ratios = done.map(({ ratio }) => ratio).sort((a, b) => a - b);
  return { rounds: done, medianRatio: ratios[Math.floor(ratios.length / 2)] ?? Number.NaN };
}
