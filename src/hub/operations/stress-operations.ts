import { z } from 'zod';
import { WaggleError } from '../../errors.ts';
import { word } from '../fields.ts';
import type { Hub } from '../hub.ts';
import type { OperationTable } from '../operation.ts';
import { instant } from '../present.ts';
import type { WireStressState } from '../stress-api.ts';
import type { StressLauncher, StressState } from '../stress-launcher.ts';

type StressOperations = Pick<OperationTable, Extract<keyof OperationTable, `stress.${string}`>>;

/** How many samples the reader has. */
const place = z.number('must be a number').int('must be a whole number').min(0, 'must not be negative');

const control = { action: 'stress.control', isControl: true } as const;

export function stressOperations(): StressOperations {
  return {
    'stress.start': {
      name: 'stress.start',
      access: { ...control, describe: ({ preset }) => preset ?? 'a scenario' },
      repeat: 'looked-up',
      summary: 'Run a scenario of the stress lab, in a folder and with a hub of its own; one at a time.',
      http: { method: 'POST', path: '/v1/stress', status: 202 },
      input: z.strictObject({
        preset: word.exactOptional(),
        // What a scenario may say, the lab says.
        scenario: z.record(z.string(), z.unknown(), 'must be an object').exactOptional(),
      }),
      async run(hub, { preset, scenario = {} }) {
        return present(await launcherOf(hub).start(preset, scenario));
      },
    },
    'stress.status': {
      name: 'stress.status',
      access: { action: 'stress.read' },
      repeat: 'safe',
      summary: 'How the present or last run goes, with its samples from the one asked for on.',
      http: { method: 'GET', path: '/v1/stress' },
      input: z.strictObject({ from: place.exactOptional() }),
      async run(hub, { from = 0 }) {
        return present(launcherOf(hub).state(from));
      },
    },
    'stress.stop': {
      name: 'stress.stop',
      access: control,
      repeat: 'safe',
      summary: 'End the run that is under way; everything it started ends with it.',
      http: { method: 'POST', path: '/v1/stress/stop' },
      input: z.strictObject({}),
      async run(hub) {
        const launcher = launcherOf(hub);
        await launcher.stop();
        return present(launcher.state(0));
      },
    },
    'stress.report': {
      name: 'stress.report',
      access: { action: 'stress.read' },
      repeat: 'safe',
      summary: 'The report of the last run that came to a verdict, as data and as a page.',
      http: { method: 'GET', path: '/v1/stress/report' },
      input: z.strictObject({}),
      async run(hub) {
        const papers = launcherOf(hub).papers();
        if (papers !== undefined) return papers;
        throw new WaggleError('not_found', 'no run of this hub came to a verdict yet; stress.start runs one', {});
      },
    },
  };
}

function launcherOf({ stress }: Hub): StressLauncher {
  if (stress !== undefined) return stress;
  throw new WaggleError(
    'not_supported',
    'a hub inside a program runs no stress lab; run waggle stress, or use the hub of waggle up',
    {},
  );
}

function present({ startedAt, ...state }: StressState): WireStressState {
  return startedAt === undefined ? state : { ...state, startedAt: instant(startedAt) };
}
