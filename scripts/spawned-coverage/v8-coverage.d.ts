declare module '@bcoe/v8-coverage' {
  import type { Profiler } from 'node:inspector';

  /** Sums the counts of one script seen by several processes; undefined for none. */
  export function mergeScriptCovs(scripts: readonly Profiler.ScriptCoverage[]): Profiler.ScriptCoverage | undefined;
}
