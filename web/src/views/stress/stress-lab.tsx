import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { call, sentenceOf } from '../../live/api.ts';
import { Empty, Trouble } from '../../ui/empty.tsx';
import { type LabState, readState, type ToldState } from './lab-state.ts';
import { RunView } from './run-view.tsx';
import { ScenarioForm } from './scenario-form.tsx';

/** While a run is under way it is asked after this often; else seldom, for somebody else may start one. */
const busyEveryMs = 300;
const idleEveryMs = 3_000;

/** Runs of the stress lab: choose, watch, judge, compare, take the report along. */
export function StressLab() {
  const lab = useSignal<LabState | undefined>(undefined);
  const [trouble, setTrouble] = useState<string>();
  useEffect(
    () =>
      follow(
        (told) => (lab.value = readState(lab.value, told)),
        setTrouble,
        () => lab.value,
      ),
    [],
  );

  const act = async (what: Promise<ToldState>) => {
    try {
      lab.value = readState(undefined, await what);
      setTrouble(undefined);
    } catch (error) {
      setTrouble(sentenceOf(error));
    }
  };
  const state = lab.value;
  return (
    <div class="view is-page">
      <header class="view-head">
        <h1>Stress lab</h1>
        <p class="lead">
          Real processes, faults on purpose, every message accounted for by id. Your swarm is not touched.
        </p>
      </header>
      <ScenarioForm
        isRunning={state?.state === 'running'}
        start={(preset, scenario) => void act(call('stress.start', { preset, scenario }))}
        stop={() => void act(call('stress.stop', {}))}
      />
      <Trouble text={trouble} />
      {state === undefined || state.state === 'idle' ? (
        <Empty title="Nothing has run yet">
          <p>
            Choose a scenario and press <em>Run</em>. <em>small</em> takes a few seconds: the 90 messages of which the
            old queue lost 18.
          </p>
        </Empty>
      ) : (
        <RunView lab={state} />
      )}
    </div>
  );
}

function follow(
  tell: (told: ToldState) => void,
  fail: (sentence: string) => void,
  known: () => LabState | undefined,
): () => void {
  const gone = new AbortController();
  const look = async () => {
    while (!gone.signal.aborted) {
      try {
        tell(await call('stress.status', { from: known()?.samples.length ?? 0 }, gone.signal));
      } catch (error) {
        if (!gone.signal.aborted) fail(sentenceOf(error));
      }
      const everyMs = known()?.state === 'running' ? busyEveryMs : idleEveryMs;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  void look();
  return () => gone.abort();
}
