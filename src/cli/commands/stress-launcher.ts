import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../clock.ts';
import { invalidInput, toWaggleError, WaggleError } from '../../errors.ts';
import type { StressLauncher, StressPapers, StressState, Told } from '../../hub/stress-launcher.ts';
import { plain } from '../../plain.ts';

const waggleBin = fileURLToPath(new URL('../../../bin/waggle.js', import.meta.url));
/** Four samples a second for a quarter of an hour; of a longer run the page draws the end. */
const mostSamples = 3_600;
/** Time to end everything it started; what is left then is killed. */
const graceMs = 10_000;
/** Of what a run that could not be made says last. */
const troubleChars = 2_000;

interface Run {
  readonly number: number;
  readonly startedAt: number;
  readonly scenario: Told;
  readonly folder: string;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  samples: Told[];
  /** Samples that were dropped from the beginning. */
  dropped: number;
  readonly faults: Told[];
  result: Told | undefined;
  said: string;
  state: StressState['state'];
}

/** Runs `waggle stress … --live` in a process of its own and keeps what it tells, for the page of this hub. */
export class ChildStressLauncher implements StressLauncher {
  readonly #clock: Clock;
  #run: Run | undefined;
  #papers: StressPapers | undefined;
  #runs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async start(preset: string | undefined, given: Told): Promise<StressState> {
    const scenario = await resolve(preset, given);
    // After the last wait, so that two that come together cannot both begin.
    if (this.#run?.state === 'running') {
      throw new WaggleError('busy', 'a run of the stress lab is under way; stop it, or wait for its verdict', {
        details: { run: this.#run.number },
      });
    }
    this.#runs += 1;
    this.#run = this.#launch(scenario);
    return this.state(0);
  }

  state(from: number): StressState {
    const run = this.#run;
    if (run === undefined) return { state: 'idle', run: 0, samples: [], faults: [] };
    const { state, number, startedAt, scenario, samples, dropped, faults, result, said } = run;
    return {
      state,
      run: number,
      startedAt,
      scenario,
      samples: samples.slice(Math.max(0, from - dropped)),
      faults,
      ...(result === undefined ? {} : { result }),
      ...(state === 'broken' ? { trouble: plain(said.trim().slice(-troubleChars)) } : {}),
    };
  }

  async stop(): Promise<void> {
    const run = this.#run;
    if (run?.state !== 'running') return;
    run.state = 'stopped';
    run.child.kill('SIGINT');
    const cancel = this.#clock.setTimer(graceMs, () => run.child.kill('SIGKILL'));
    await run.ended;
    cancel();
  }

  papers(): StressPapers | undefined {
    return this.#papers;
  }

  #launch(scenario: Told): Run {
    const folder = mkdtempSync(join(tmpdir(), 'waggle-lab-'));
    const file = join(folder, 'scenario.json');
    writeFileSync(file, JSON.stringify(scenario), { mode: 0o600 });
    const words = ['stress', file, '--json', '--live', '--report', folder];
    const child = spawn(process.execPath, [waggleBin, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<void>((done) => {
      child.once('close', (code) => {
        this.#close(run, code);
        done();
      });
      child.once('error', (error) => {
        run.said += error.message;
        this.#close(run, null);
        done();
      });
    });
    const run: Run = {
      number: this.#runs,
      startedAt: this.#clock.now(),
      scenario,
      folder,
      child,
      ended,
      samples: [],
      dropped: 0,
      faults: [],
      result: undefined,
      said: '',
      state: 'running',
    };
    createInterface({ input: child.stdout }).on('line', (line) => take(run, line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      run.said = (run.said + text).slice(-2 * troubleChars);
    });
    return run;
  }

  /** The verdict is in the report; a run without one could not be made, or was ended. */
  #close(run: Run, code: number | null): void {
    if (run.state === 'running') run.state = run.result === undefined ? 'broken' : code === 0 ? 'passed' : 'failed';
    if (run.state === 'passed' || run.state === 'failed') {
      try {
        this.#papers = {
          report: JSON.parse(readFileSync(join(run.folder, 'report.json'), 'utf8')) as Told, // written by our own lab
          html: readFileSync(join(run.folder, 'report.html'), 'utf8'),
        };
      } catch (error) {
        run.said += toWaggleError(error).message;
      }
    }
    rmSync(run.folder, { recursive: true, force: true });
  }
}

/** As `waggle stress` would: refused before anything is started. */
async function resolve(preset: string | undefined, given: Told): Promise<Told> {
  const { isPreset, presets, resolveScenario } = await import('../../stress/scenario.ts');
  if (preset !== undefined && !isPreset(preset)) {
    throw invalidInput('preset', preset, `must be one of ${Object.keys(presets).join(', ')}`);
  }
  const base = preset === undefined ? {} : presets[preset];
  const name = typeof given['name'] === 'string' ? given['name'] : (preset ?? 'scenario');
  // Whatever was given: an unknown field or a wrong value is refused by name.
  return { ...resolveScenario({ ...base, ...given }, name) };
}

/** A line for each sample and fault, and the result as the last. */
function take(run: Run, line: string): void {
  const told = JSON.parse(line) as Told; // printed by our own lab, one document a line
  if (isTold(told['sample'])) run.samples.push(told['sample']);
  else if (isTold(told['fault'])) run.faults.push(told['fault']);
  else if (told['verdict'] !== undefined) run.result = told;
  const surplus = run.samples.length - mostSamples;
  if (surplus > 0) {
    run.samples = run.samples.slice(surplus);
    run.dropped += surplus;
  }
}

function isTold(value: unknown): value is Told {
  return typeof value === 'object' && value !== null;
}
