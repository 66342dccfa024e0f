import { z } from 'zod';
import { invalidInput, WaggleError } from '../../errors.ts';
import { keptReports, mostNamedUnits, mostUnits, progressSources } from '../../mission/mission.ts';
import { ownerOfMission, speaker } from '../access.ts';
import { agentId, count, line, word } from '../fields.ts';
import type { MissionInput, ProgressInput } from '../mission-api.ts';
import type { OperationTable } from '../operation.ts';
import { instant, presentMission } from '../present.ts';

type MissionOperations = Pick<OperationTable, Extract<keyof OperationTable, `mission.${string}`>>;

const unitName = line(200).min(1, 'must not be empty');
const unitNames = z.array(unitName).max(mostNamedUnits, `must be at most ${mostNamedUnits} names`);

export function missionOperations(): MissionOperations {
  return {
    'mission.add': {
      name: 'mission.add',
      access: { action: 'work.plan', subjects: ({ owner }) => [owner] },
      repeat: 'looked-up',
      summary: 'Give an agent a mission: so many units of work, or units with names.',
      http: { method: 'POST', path: '/v1/missions', status: 201 },
      input: z.strictObject({
        id: word,
        owner: agentId,
        title: line(1_024).exactOptional(),
        units: z.union([count(mostUnits), unitNames.min(1, 'must name at least one unit')], {
          error: 'must be a number of units or a list of names',
        }),
      }),
      async run(hub, input) {
        return presentMission(await hub.missions.add(missionOf(input)));
      },
    },
    'mission.list': {
      name: 'mission.list',
      access: { action: 'work.read' },
      repeat: 'safe',
      summary: 'Missions with their progress, the latest changed first.',
      http: { method: 'GET', path: '/v1/missions' },
      input: z.strictObject({ owner: agentId.exactOptional() }),
      async run(hub, filter) {
        return { missions: (await hub.store.missions.list(filter)).map(presentMission) };
      },
    },
    'mission.show': {
      name: 'mission.show',
      access: { action: 'work.read' },
      repeat: 'safe',
      summary: 'One mission with the reports of its progress, newest first.',
      http: { method: 'GET', path: '/v1/missions/:id' },
      input: z.strictObject({ id: word, limit: count(keptReports).exactOptional() }),
      async run(hub, { id, limit = 20 }) {
        const mission = await hub.missions.get(id);
        const reports = await hub.store.missions.reports(id, limit);
        return {
          ...presentMission(mission),
          reports: reports.map(({ at, ...report }) => ({ ...report, at: instant(at) })),
        };
      },
    },
    'mission.progress': {
      name: 'mission.progress',
      access: { action: 'work.report', subjects: ({ agent }) => [agent] },
      repeat: 'looked-up',
      summary: 'Report done units of all units, with evidence; the same report again changes nothing.',
      http: { method: 'POST', path: '/v1/agents/:agent/progress' },
      input: z.strictObject({
        agent: agentId,
        mission: word.exactOptional(),
        done: z
          .number('must be a number')
          .int('must be a whole number')
          .min(0, 'must not be negative')
          .max(mostUnits, `must be at most ${mostUnits}`)
          .exactOptional(),
        of: count(mostUnits).exactOptional(),
        units: unitNames.exactOptional(),
        evidence: line(4_096).exactOptional(),
        back: z.boolean('must be true or false').exactOptional(),
        epoch: z.number('must be a number').int('must be a whole number').exactOptional(),
        source: z.enum(progressSources, `must be one of ${progressSources.join(', ')}`).exactOptional(),
      }),
      async run(hub, input, { caller }) {
        requireProgress(input);
        const { source = 'agent', ...report } = input;
        if (source === 'event' && caller.role !== 'operator') throw notObserved(input.agent);
        const { via } = speaker(caller, input.agent);
        const said = via === undefined ? { ...report, source } : { ...report, source, via };
        const { mission, change } = await hub.missions.report(said);
        return { mission: presentMission(mission), change };
      },
    },
    'mission.drop': {
      name: 'mission.drop',
      access: { action: 'work.plan', subjects: ownerOfMission },
      repeat: 'safe',
      summary: 'Nobody works on this mission any more; what was reported stays.',
      http: { method: 'POST', path: '/v1/missions/:id/drop' },
      input: z.strictObject({ id: word }),
      async run(hub, { id }, { caller }) {
        return presentMission(await hub.missions.drop(id, speaker(caller, undefined).from));
      },
    },
  };
}

function missionOf({ units, ...mission }: MissionInput) {
  if (typeof units === 'number') return { ...mission, done: 0, of: units, units: [] };
  const twice = units.find((name, index) => units.indexOf(name) !== index);
  if (twice !== undefined) throw invalidInput('units', twice, 'is named twice; every unit needs a name of its own');
  return { ...mission, done: 0, of: units.length, units: units.map((name) => ({ name, done: false })) };
}

function requireProgress({ done, of, units }: ProgressInput): void {
  if (done === undefined && of === undefined && (units === undefined || units.length === 0)) {
    throw new WaggleError('invalid_input', 'done: is missing; report done and of, or units by name', {
      details: { field: 'done', problem: 'is missing' },
    });
  }
  if (done !== undefined && of !== undefined && done > of)
    throw invalidInput('done', done, `must be at most ${of}, the units there are`);
}

/** What was observed is told by those who observe; an agent's own word is no event. */
function notObserved(agent: string): WaggleError {
  return new WaggleError('forbidden', `source: ${agent} reports its own word, not an event; leave source out`, {
    details: { field: 'source', value: 'event', agent },
  });
}
