import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readLegacyAgent } from './legacy-status.ts';

const read = (document: object, file = '/swarm/Agent-1/status.json') => readLegacyAgent(JSON.stringify(document), file);

describe('a legacy status', () => {
  test('gives id, state in its own words, time and team, and is kept whole', () => {
    const document = {
      agent_id: 'Agent-1',
      status: 'ACTIVE',
      last_updated: '2025-10-16T09:45:09.904847Z',
      team_assignment: 'Team Beta - Repository Cloning Lead',
      points_earned: { total: 3 },
    };
    expect(read(document)).toEqual({
      id: 'agent-1',
      state: 'working',
      stateReason: 'ACTIVE',
      at: Date.UTC(2025, 9, 16, 9, 45, 9, 904),
      team: 'beta',
      document,
      notes: [],
    });
  });

  test.each([
    ['ACTIVE_AGENT_MODE', 'working'],
    ['CO_CAPTAIN_ACTIVE', 'working'],
    ['IN_PROGRESS', 'working'],
    ['SESSION_COMPLETE', 'complete'],
    ['COMPLETE - LEGENDARY SESSION: 10,950+ pts, all directives complete, 3 agents strategic rest', 'complete'],
    ['STRATEGIC_REST_READY_MODE', 'idle'],
    ['Resting well', 'idle'],
    ['standing by', 'idle'],
    ['BLOCKED: waiting for review', 'blocked'],
    ['OUT_OF_GAS', 'out_of_gas'],
    ['stuck', 'stalled'],
    ['wrapping up', 'completing'],
    ['ONBOARDING', 'starting'],
    ['INACTIVE', 'offline'],
  ])('that says %s is %s', (status, state) => {
    expect(read({ agent_id: 'Agent-1', status, last_updated: '2025-10-16' })).toMatchObject({
      state,
      stateReason: status,
    });
  });

  test('falls back on other fields, and says when none of them is understood', () => {
    const at = { agent_id: 'Agent-1', last_updated: '2025-10-16 08:15:00' };
    expect(read({ ...at, state: 'ACTIVE' })).toMatchObject({ state: 'working', notes: [] });
    expect(read({ ...at, status: '✨✨', fsm_state: 'ready' })).toMatchObject({ state: 'idle', stateReason: 'ready' });
    expect(read({ ...at, status: 'ETERNAL\u001b[2J' })).toMatchObject({
      state: 'offline',
      stateReason: 'ETERNAL [2J',
      notes: ['its state "ETERNAL [2J" is not understood'],
    });
    expect(read({ ...at, status: { phase: 1 } }).notes).toEqual(['it tells no state']);
  });

  test.each([
    ['2025-10-16 08:15:00', Date.UTC(2025, 9, 16, 8, 15)],
    ['2025-10-16T15:50:00.000000+00:00', Date.UTC(2025, 9, 16, 15, 50)],
    ['2025-10-16T15:50:00+02:00', Date.UTC(2025, 9, 16, 13, 50)],
    ['yesterday', undefined],
    [1_760_000_000, undefined],
  ])('was last updated %s', (last_updated, at) => {
    const agent = read({ agent_id: 'Agent-1', status: 'ACTIVE', last_updated });
    expect(agent.at).toBe(at);
    expect(agent.notes).toHaveLength(at === undefined ? 1 : 0);
  });

  test('without an id is named by its folder or its own name, and that is said', () => {
    const document = { state: 'ACTIVE', last_updated: '2025-10-16' };
    expect(read(document, '/w/Agent-3/status.json')).toMatchObject({
      id: 'agent-3',
      notes: [expect.stringContaining('missing')],
    });
    expect(read(document, '/w/agent-3-status.json').id).toBe('agent-3');
    expect(read({ ...document, agent_id: 7 }, '/w/status.json').id).toBe('agent-7');
    expect(read({ ...document, agent_id: 'Agent 4' }, '/w/Agent-3/status.json')).toMatchObject({
      id: 'agent-4',
      notes: ['it lies at the place of agent-3'],
    });
  });

  test.each([
    ['{"agent_id":"Agent-1"', /is not JSON; it is never taken for an empty one/],
    ['{\n<<<<<<< HEAD\n"a":1\n=======\n"a":2\n>>>>>>> x\n}', /marks of an unfinished merge/],
    ['', /is not JSON/],
    ['[]', /is not a JSON object/],
    ['null', /is not a JSON object/],
    ['{"status":"ACTIVE"}', /names no agent \(agent_id\), and neither does its path/],
    ['{"agent_id":"../../etc"}', /agent_id "..\/..\/etc" cannot be an id/],
  ])('%j is told as what it is', (text, problem) => {
    expect(() => readLegacyAgent(text, '/w/status.json')).toThrow(problem);
  });
});

const real = fileURLToPath(new URL('../../../shared/data/legacy/', import.meta.url));
test.runIf(existsSync(real))('the eight agents of the real legacy swarm are all understood', () => {
  const files = readdirSync(real).filter((name) => name.endsWith('status.json'));
  const agents = files.map((name) => readLegacyAgent(readFileSync(`${real}${name}`, 'utf8'), `${real}${name}`));
  expect(agents.map(({ id }) => id)).toEqual(Array.from({ length: 8 }, (_, index) => `agent-${index + 1}`));
  expect(agents.map(({ state }) => state)).toEqual([
    'working',
    'working',
    'working',
    'complete',
    'working',
    'working',
    'complete',
    'idle',
  ]);
  for (const { at } of agents) expect(at).toBeGreaterThan(Date.UTC(2025, 9, 1));
  expect(agents.flatMap(({ notes }) => notes)).toEqual(['agent_id is missing; the agent is named by its path']);
});
