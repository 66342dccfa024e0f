import { operator } from '../hub/operation.ts';
import type { StressLauncher } from '../hub/stress-launcher.ts';
import { startTempHub } from './temp-hub.ts';

/** A hub whose page can run the lab; `bin/waggle.js` is what runs. */
export async function startTempLab(stress: StressLauncher) {
  const hub = await startTempHub({ stress });
  const call = hub.hub.call.bind(hub.hub);
  return {
    hub,
    start: (input: object) => call('stress.start', input, { caller: operator }),
    status: (from?: number) => call('stress.status', from === undefined ? {} : { from }, { caller: operator }),
    stop: () => call('stress.stop', {}, { caller: operator }),
    report: () => call('stress.report', {}, { caller: operator }),
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}
