import { useState } from 'preact/hooks';

const presets = {
  small: '9 agents × 10 messages',
  medium: '9 agents × 50 messages',
  large: '9 agents × 10,000 messages',
  soak: '3 minutes of steady traffic',
} as const;
type Preset = keyof typeof presets;

const faults = {
  crash: 'processes die in the middle of a call',
  torn: 'the hub dies inside a commit',
  slow: 'consumers take their time',
  full: 'the disk is full for a while',
  clock: 'the wall clock jumps',
  'hub-kill': 'the hub is killed under traffic',
} as const;
type Fault = keyof typeof faults;

interface ScenarioFormProps {
  readonly isRunning: boolean;
  readonly start: (preset: Preset, scenario: Readonly<Record<string, unknown>>) => void;
  readonly stop: () => void;
}

/** Numbers that a scenario may say; empty means as the preset has it. */
const numbers = [
  ['messages', 'Messages each'],
  ['agents', 'Agents'],
  ['batchSize', 'Batch size'],
  ['payload', 'Bytes a body'],
  ['latencyMs', 'Handler, ms'],
  ['successRate', 'Success, 0–1'],
  ['seed', 'Seed'],
] as const;

export function ScenarioForm({ isRunning, start, stop }: ScenarioFormProps) {
  const [preset, setPreset] = useState<Preset>('small');
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const [chosen, setChosen] = useState<ReadonlySet<Fault>>(new Set());
  const submit = () => {
    const scenario = Object.fromEntries(
      Object.entries(given).flatMap(([name, text]) => (text.trim() === '' ? [] : [[name, Number(text)]])),
    );
    start(preset, chosen.size === 0 ? scenario : { ...scenario, faults: [...chosen] });
  };
  const toggle = (fault: Fault) => {
    const next = new Set(chosen);
    if (!next.delete(fault)) next.add(fault);
    setChosen(next);
  };
  return (
    <form
      class="block scenario"
      aria-label="Scenario"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div class="scenario-row">
        <fieldset class="choices">
          <legend>Scenario</legend>
          {Object.entries(presets).map(([name, meaning]) => (
            <label key={name} class="choice">
              <input
                type="radio"
                name="preset"
                checked={preset === name}
                onChange={() => setPreset(name as Preset) /* a key of the table above */}
              />
              <span>
                <b>{name}</b>
                <small>{meaning}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <div class="actions">
          <button type="submit" class="primary" disabled={isRunning}>
            {isRunning ? 'Running…' : 'Run'}
          </button>
          <button type="button" disabled={!isRunning} onClick={stop}>
            Stop
          </button>
        </div>
      </div>
      <fieldset class="faults">
        <legend>Faults</legend>
        {Object.entries(faults).map(([name, meaning]) => (
          <label key={name} class="check" title={meaning}>
            <input
              type="checkbox"
              checked={chosen.has(name as Fault)}
              onChange={() => toggle(name as Fault) /* a key of the table above */}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <details>
        <summary>Options</summary>
        <div class="options">
          {numbers.map(([name, label]) => (
            <label key={name}>
              <span>{label}</span>
              <input
                inputMode="decimal"
                value={given[name] ?? ''}
                placeholder="as preset"
                onInput={({ currentTarget }) => setGiven({ ...given, [name]: currentTarget.value })}
              />
            </label>
          ))}
        </div>
      </details>
    </form>
  );
}
