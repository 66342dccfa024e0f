import { compareWithLegacy } from '../src/stress/legacy-comparison.ts';
import { presets } from '../src/stress/scenario.ts';
import { run } from '../src/stress/stress-run.ts';

/** Prints how `stress medium` compares with the legacy algorithm on this machine: `npm run bench:legacy [ROUNDS]`. */
const rounds = Number(process.argv[2] ?? 5);
const { rounds: done, medianRatio } = await compareWithLegacy(presets.medium, rounds, (scenario) =>
  run(scenario, { discard: true }),
);
console.log(
  '| round | Waggle, messages/s | legacy, messages/s | ratio | legacy lost |\n| --- | --- | --- | --- | --- |',
);
for (const [index, { waggle, legacy, ratio, legacyLost, sent }] of done.entries()) {
  console.log(`| ${index + 1} | ${waggle} | ${legacy} | ${ratio.toFixed(1)} | ${legacyLost} of ${sent} |`);
}
console.log(
  `\nmedian ratio ${medianRatio.toFixed(1)}; Waggle lost ${done.reduce((sum, one) => sum + one.waggleLost, 0)}`,
);
