import type { Candidates } from './candidates.ts';

export interface ScanError {
  /** Position in the scanned bytes. */
  readonly position: number;
  readonly problem: string;
}

export interface Scan {
  readonly candidates: Candidates;
  /** The first hundred; `errorCount` has them all. */
  readonly errors: readonly ScanError[];
  readonly errorCount: number;
  /** The file is `{"entries":[…]}` or `{"pending_pushes":[…]}`, whose own keys are structure. */
  readonly isWrapped: boolean;
  /** Texts were torn apart or joined somewhere. */
  readonly isTorn: boolean;
}
