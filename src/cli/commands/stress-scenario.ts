import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { invalidInput, WaggleError } from '../../errors.ts';
import { parseStrictJson } from '../../json.ts';
import type { Scenario, ScenarioInput } from '../../stress/scenario.ts';
import { type Call, present } from '../call.ts';
import type { Context } from '../command.ts';

/** The scenario a command line asks for: a preset or a file, with the options over it. */
export async function scenarioOf(call: Call, context: Context): Promise<Scenario> {
  const { resolveScenario } = await import('../../stress/scenario.ts');
  const base = await baseOf(call.arg(0), context);
  const overrides = await optionsOf(call);
  // `--messages` over a scenario by time means to count after all.
  const byCount = overrides.messages !== undefined && overrides.durationMs === undefined;
  const { durationMs, ...rest } = { ...base, ...overrides };
  return resolveScenario(byCount || durationMs === undefined ? rest : { ...rest, durationMs }, call.arg(0));
}

async function baseOf(name: string, { cwd }: Context): Promise<ScenarioInput> {
  const { isPreset, presets, scenarioSchema } = await import('../../stress/scenario.ts');
  if (isPreset(name)) return presets[name];
  const file = resolve(cwd, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const known = Object.keys(presets).join(', ');
    throw new WaggleError('not_found', `scenario ${name}: is none of ${known}, and no file that can be read`, {
      details: { file },
      cause,
    });
  }
  try {
    const { parseInput } = await import('../../hub/parse-input.ts');
    return parseInput(scenarioSchema, parseStrictJson(text));
  } catch (error) {
    if (!(error instanceof WaggleError)) throw error;
    throw new WaggleError('invalid_input', `${name}: ${error.message}`, { details: { ...error.details, file } });
  }
}

async function optionsOf(call: Call): Promise<ScenarioInput> {
  const { parseMix } = await import('../../stress/message-mix.ts');
  const { parseFaults } = await import('../../stress/scenario.ts');
  const mix = call.text('mix');
  const faults = call.text('faults');
  const seed = call.count('seed', 0);
  // The catalogue offers these words alone.
  const store = call.text('store') as ScenarioInput['store'];
  const target = call.text('target') as ScenarioInput['target'];
  return present({
    agents: call.count('agents'),
    messages: call.count('messages'),
    durationMs: call.durationMs('duration'),
    processes: call.count('processes'),
    store,
    target,
    batchSize: call.count('batch-size'),
    inFlight: call.count('in-flight'),
    intervalMs: call.durationMs('interval'),
    delayMs: call.durationMs('delay'),
    payload: call.count('payload'),
    mix: mix === undefined ? undefined : parseMix('--mix', mix),
    successRate: share(call, 'success-rate'),
    latencyMs: call.durationMs('latency'),
    leaseMs: call.durationMs('lease-for'),
    warmUp: call.count('warm-up', 0),
    seed,
    faults: faults === undefined ? undefined : parseFaults('--faults', faults),
    faultEveryMs: call.durationMs('fault-every'),
  });
}

function share(call: Call, name: string): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw invalidInput(`--${name}`, text, 'must be a share from 0 to 1');
  return value;
}
