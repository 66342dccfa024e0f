import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineTime, systemClock } from '../clock.ts';
import { toWaggleError } from '../errors.ts';
import { HistoryWriter } from '../history/history-writer.ts';
import { Recorder } from '../history/recorder.ts';
import type { StressClient } from './client.ts';
import { Consumer } from './consumer.ts';
import { LegacyClient } from './legacy-client.ts';
import { payloadOf } from './payload.ts';
import { Producer } from './producer.ts';
import type { Assignment, Order, Word } from './protocol.ts';
import { ReportDraft } from './report-draft.ts';
import { WaggleClient } from './waggle-client.ts';

/**
 * A producer or consumer in a process of its own, started by the runner and told over its channel what to be. When the
 * runner is gone, so is the worker: whatever it did not report is in its history.
 */
const reportEveryMs = 100;

let role: Producer | Consumer | undefined;
let client: StressClient | undefined;
let history: HistoryWriter | undefined;

process.on('disconnect', () => process.exit(1));
process.on('message', (order: Order) => {
  if (order.do === 'begin') void begin(order.assignment);
  else if (order.do === 'stop') role?.stop();
  else if (order.do === 'die') client?.dieInNextExchange?.();
  else if (order.do === 'go' && role instanceof Producer) role.go(order.upTo);
  else if (order.do === 'slow' && role instanceof Consumer) role.slowMs = order.ms;
});

async function begin(assignment: Assignment): Promise<void> {
  try {
    await work(assignment);
    say({ say: 'done' });
    process.exitCode = 0;
  } catch (error) {
    say({ say: 'failed', error: toWaggleError(error).toDocument() });
    process.exitCode = 1;
  } finally {
    await client?.close();
    history?.close();
    process.disconnect();
  }
}

async function work(assignment: Assignment): Promise<void> {
  const { histories, name, scenario } = assignment;
  history = new HistoryWriter(histories, name);
  const accepted = acceptedBefore(histories, name, history.incarnation);
  client = await connect(assignment, history);
  // One that comes back in the middle of the run has no time to spare.
  if (history.incarnation === 0) await client.warmUp?.(name, payloadOf(scenario.seed, name, scenario.payload));
  const draft = new ReportDraft();
  const report = () => {
    const taken = draft.take();
    if (taken !== undefined) say({ say: 'report', report: taken });
  };
  const parts = { assignment, client, clock: systemClock, draft, now: machineTime };
  role =
    assignment.role === 'consumer'
      ? new Consumer(parts)
      : new Producer({
          ...parts,
          accepted,
          onGate: (at) => {
            report();
            say({ say: 'gate', at });
          },
        });
  const reporting = setInterval(report, reportEveryMs);
  say({ say: 'ready' });
  try {
    await role.run();
  } finally {
    clearInterval(reporting);
    report();
  }
}

async function connect({ place, scenario }: Assignment, history: HistoryWriter): Promise<StressClient> {
  return scenario.target === 'legacy'
    ? new LegacyClient(place, scenario, new Recorder(history), systemClock)
    : WaggleClient.connect(place, scenario, history);
}

/** Keys that the histories of earlier incarnations show accepted: everything else is sent again. */
function acceptedBefore(histories: string, name: string, incarnation: number): Set<string> {
  const keys = new Set<string>();
  for (let earlier = 0; earlier < incarnation; earlier += 1) {
    const text = readFileSync(join(histories, `${name}.${earlier}.jsonl`), 'utf8');
    for (const line of text.split('\n')) {
      // The last line of a killed process may be cut short.
      if (!line.endsWith('}') || !line.includes('"op":"send"') || !line.includes('"phase":"ok"')) continue;
      const { key } = JSON.parse(line) as { key?: string };
      if (key !== undefined) keys.add(key);
    }
  }
  return keys;
}

function say(word: Word): void {
  if (process.connected) process.send?.(word);
}
