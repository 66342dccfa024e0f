import { expect, test } from 'vitest';
import { Crew } from './crew.ts';
import { resolveScenario } from './scenario.ts';
import { WaggleTarget } from './waggle-target.ts';
import { Workspace } from './workspace.ts';

function crewOf(signal: AbortSignal) {
  const scenario = resolveScenario({ agents: 3, processes: 2 });
  const agents = ['agent-1', 'agent-2', 'agent-3'];
  return new Crew({ scenario, agents, place: '/nowhere', histories: '/nowhere', onReport: () => {}, signal });
}

test('agents are dealt out to as many producers and consumers as there are processes', () => {
  const crew = crewOf(new AbortController().signal);
  expect(crew.producers.map(({ name }) => name)).toEqual(['producer-1', 'producer-2']);
  expect(crew.consumers.map(({ name }) => name)).toEqual(['consumer-1', 'consumer-2']);
});

test('waiting ends with the signal, and killing who never ran is fine', async () => {
  const stop = new AbortController();
  const crew = crewOf(stop.signal);
  const waiting = crew.producersReach(5);
  stop.abort(new Error('interrupted'));
  await expect(waiting).rejects.toThrow('interrupted');
  await crew.kill();
});

test('a worker that cannot begin is a failure with its own reason', async () => {
  const crew = crewOf(new AbortController().signal);
  try {
    await expect(crew.start()).rejects.toThrow();
    await expect(crew.producersDone()).rejects.toThrow();
  } finally {
    await crew.kill();
  }
});

test('a target that was not started says so, and can be stopped and killed', async () => {
  const scenario = resolveScenario({});
  const workspace = new Workspace(scenario);
  try {
    const target = new WaggleTarget(scenario, workspace);
    await expect(target.open()).rejects.toMatchObject({ code: 'internal' });
    await target.stop();
    await target.kill();
  } finally {
    workspace.close({ keep: false });
  }
});
