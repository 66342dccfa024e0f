import type { StressPapers, StressState, Told } from './stress-launcher.ts';

/** The operations on the stress lab; a part of `Api`. What the lab tells has the shapes of docs/stress.md. */
export interface StressApi {
  'stress.start': { input: StressInput; output: WireStressState; repeat: 'looked-up' };
  'stress.status': { input: { from?: number }; output: WireStressState; repeat: 'safe' };
  'stress.stop': { input: Record<never, never>; output: WireStressState; repeat: 'safe' };
  'stress.report': { input: Record<never, never>; output: StressPapers; repeat: 'safe' };
}

export interface StressInput {
  /** `small`, `medium`, `large` or `soak`; without it the scenario stands alone. */
  readonly preset?: string;
  /** Fields of a scenario file, over those of the preset. */
  readonly scenario?: Told;
}

export type WireStressState = Omit<StressState, 'startedAt'> & { readonly startedAt?: string };
