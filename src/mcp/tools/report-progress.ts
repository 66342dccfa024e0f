import { given, type Tool } from '../tool.ts';

export const reportProgress: Tool = {
  name: 'report_progress',
  description:
    'Report how far your mission is: done units of all units (or units by name). The next agent is prepared in time from this, so report after each unit.',
  input: {
    type: 'object',
    properties: {
      done: { type: 'integer' },
      of: { type: 'integer' },
      units: { type: 'array', items: { type: 'string' }, description: 'names of units done now' },
      mission: { type: 'string', description: 'needed only with several' },
      evidence: { type: 'string', description: 'commit, test run' },
      back: { type: 'boolean', description: 'work really went back' },
    },
  },
  async run({ agent, call }, args, signal) {
    const names = ['done', 'of', 'units', 'mission', 'evidence', 'back'] as const;
    const { mission, change } = await call(
      'mission.progress',
      { ...given<'mission.progress'>(args, names), agent },
      signal,
    );
    const { id, done, of, state, next } = mission;
    return { mission: id, done, of, state, next, change };
  },
};
