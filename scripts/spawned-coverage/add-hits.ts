import type { BranchMapping, FileCoverageData, Location } from 'istanbul-lib-coverage';

/**
 * Adds what another measurement of the same source file saw to `canonical`. The two were compiled by different tools, so
 * their lists of statements, functions and branches differ; only what `canonical` lists is counted, and an entry there
 * is credited when the other side ran the entry that begins at the same place of the source.
 */
export function addHits(canonical: FileCoverageData, other: FileCoverageData): void {
  const statements = pairs(canonical.statementMap, other.statementMap, (range) => range.start);
  for (const [id, twin] of statements) canonical.s[id] = (canonical.s[id] ?? 0) + (other.s[twin] ?? 0);

  const functions = pairs(canonical.fnMap, other.fnMap, (mapping) => mapping.decl.start);
  for (const [id, twin] of functions) canonical.f[id] = (canonical.f[id] ?? 0) + (other.f[twin] ?? 0);

  const branches = pairs(canonical.branchMap, other.branchMap, (mapping) => mapping.loc.start, armsOf);
  for (const [id, twin] of branches) {
    const hits = other.b[twin] ?? [];
    canonical.b[id] = (canonical.b[id] ?? []).map((count, arm) => count + (hits[arm] ?? 0));
  }
}

/** Branches can be the same only when they have the same arms: an `if` with an `else` is no logical expression. */
function armsOf(mapping: BranchMapping): string {
  return `${mapping.type}/${mapping.locations.length}`;
}

/** The source maps of two compilers may be a few columns apart (at a bracket, a `const`), never on different lines. */
const maxColumnsApart = 8;

/** Pairs of ids [ours, theirs] that begin at the same place; ours without a counterpart are left out. */
function pairs<T>(
  ours: Record<string, T>,
  theirs: Record<string, T>,
  startOf: (mapping: T) => Location,
  kindOf: (mapping: T) => string = () => '',
): [string, string][] {
  const place = ([id, mapping]: [string, T]) => ({ id, ...startOf(mapping), kind: kindOf(mapping) });
  const placeKey = ({ line, kind }: { line: number; kind: string }) => `${line}/${kind}`;
  const theirLines = Map.groupBy(Object.entries(theirs).map(place), placeKey);
  const ourLines = Map.groupBy(Object.entries(ours).map(place), placeKey);

  return [...ourLines].flatMap(([key, mine]) => {
    const candidates = (theirLines.get(key) ?? []).toSorted((one, another) => one.column - another.column);
    const isSameList = candidates.length === mine.length;
    return mine
      .toSorted((one, another) => one.column - another.column)
      .flatMap(({ id, column }, index): [string, string][] => {
        const apart = (candidate: { column: number }) => Math.abs(candidate.column - column);
        const nearest = candidates.toSorted((one, another) => apart(one) - apart(another))[0];
        if (nearest === undefined) return [];
        if (apart(nearest) === 0) return [[id, nearest.id]];
        // As many on both sides: the same ones in the same order, however far apart the columns.
        const twin = isSameList ? candidates[index] : apart(nearest) <= maxColumnsApart ? nearest : undefined;
        return twin === undefined ? [] : [[id, twin.id]];
      });
  });
}
