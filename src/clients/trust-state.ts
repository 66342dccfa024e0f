import type { Clock } from '../clock.ts';

export interface TrustQuestion {
  /** The project, absolute, links resolved. */
  readonly project: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** `missing` says in `detail` what the user must still do; `unknown` that it cannot be seen from here. */
export interface TrustState {
  readonly status: 'given' | 'missing' | 'unknown';
  readonly detail: string;
}
