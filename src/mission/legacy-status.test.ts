import { expect, test } from 'vitest';
import { legacyProgress } from './legacy-status.ts';

test('a legacy status tells completed tasks of all tasks, with its file as evidence', () => {
  const text = JSON.stringify({
    agent_id: 'Agent-1',
    last_updated: '2025-10-11 13:05:00',
    completed_tasks: ['a', 'b', { task: 'c' }],
    current_tasks: ['d'],
  });
  expect(legacyProgress(text, 'status.json')).toEqual({
    done: 3,
    of: 4,
    evidence: 'status.json: 3 completed tasks, 1 current, last updated 2025-10-11 13:05:00',
  });
  expect(legacyProgress('{"completed_tasks":["a"]}', 's')).toMatchObject({ done: 1, of: 1 });
});

test.each([
  ['{"status":"ACTIVE"}', /tells no progress/],
  ['{"completed_tasks":[],"current_tasks":[]}', /tells no progress/],
  ['{"completed_tasks":12}', /tells no progress/],
  ['{"completed_tasks":["a"', /is not JSON/],
  ['["a"]', /is not a JSON object/],
])('%s is never taken for no progress', (text, problem) => {
  expect(() => legacyProgress(text, 'status.json')).toThrow(problem);
});
