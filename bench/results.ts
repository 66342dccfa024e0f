import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The figures behind the page, kept beside it so that a part can be measured again without the rest. */
export interface Results {
  /** Round by round, by `section/contender`. */
  readonly series: Record<string, number[]>;
  /** When each section was measured last. */
  readonly measuredAt: Record<string, string>;
}

const file = fileURLToPath(new URL('./results.json', import.meta.url));

export function readResults(): Results {
  if (!existsSync(file)) return { series: {}, measuredAt: {} };
  return JSON.parse(readFileSync(file, 'utf8')) as Results; // written below
}

export function writeResults(results: Results): void {
  const lines = Object.entries(results.series).map(
    ([name, values]) =>
      `    ${JSON.stringify(name)}: [${values.map((value) => Number(value.toPrecision(5))).join(', ')}]`,
  );
  const measuredAt = JSON.stringify(results.measuredAt, undefined, 2).replaceAll('\n', '\n  ');
  writeFileSync(file, `{\n  "series": {\n${lines.join(',\n')}\n  },\n  "measuredAt": ${measuredAt}\n}\n`);
}
