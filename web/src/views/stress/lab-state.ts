import type { WireStressState } from '../../../../src/hub/stress-api.ts';
import type { Scenario } from '../../../../src/stress/scenario.ts';
import type { FaultRecord, StressResult } from '../../../../src/stress/stress-report.ts';
import type { StressSample } from '../../../../src/stress/stress-sample.ts';
import type { OverHttp } from '../../live/api.ts';

export type ToldState = OverHttp<WireStressState>;

/** A run as the lab tells of it; the hub passes its words on unread. */
export interface LabState {
  readonly state: WireStressState['state'];
  readonly run: number;
  readonly scenario: Scenario | undefined;
  readonly samples: readonly StressSample[];
  readonly faults: readonly FaultRecord[];
  readonly result: StressResult | undefined;
  readonly trouble: string | undefined;
}

/** Samples that were asked for "from here on" go behind those known; another run begins anew. */
export function readState(known: LabState | undefined, told: ToldState): LabState {
  const isSameRun = known !== undefined && known.run === told.run;
  // What `waggle stress --live` prints, from the very types named here.
  const { samples, faults, scenario, result } = told as unknown as Omit<LabState, 'state' | 'run' | 'trouble'>;
  return {
    state: told.state,
    run: told.run,
    scenario,
    samples: isSameRun ? [...known.samples, ...samples] : samples,
    faults,
    result,
    trouble: told.trouble,
  };
}
