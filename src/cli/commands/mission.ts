import type { WireMission } from '../../hub/mission-api.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { missingInput, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { printTable } from '../terminal/table.ts';

export const addMission: CommandAction = async (call, context) => {
  const names = call.list('unit');
  const units = names.length > 0 ? names : call.count('units');
  if (units === undefined) throw missingInput('--units', 'say how many there are, or name them with --unit NAME');
  const mission = await (await context.connect()).missions.add({
    id: call.arg(0),
    owner: call.arg(1),
    units,
    ...present({ title: call.text('title') }),
  });
  return said(mission, `${mission.owner} works on ${mission.id}: ${mission.of} units`, context);
};

export const listMissions: CommandAction = async (call, context) => {
  const missions = await (await context.connect()).missions.list(present({ owner: call.text('owner') }));
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ missions }));
  } else if (missions.length === 0) {
    output.note('no missions yet; add one with: waggle mission add ID OWNER --units 10');
  } else {
    const columns = ['MISSION', 'OWNER', 'DONE', 'STATE', 'CHANGED', 'TITLE'].map((head) => ({ head }));
    const rows = missions.map((mission) => [
      mission.id,
      mission.owner,
      `${mission.done}/${mission.of}`,
      mission.state,
      when(mission.updatedAt, context),
      mission.title ?? '',
    ]);
    await printTable(output, columns, rows);
  }
  return undefined;
};

export const showMission: CommandAction = async (call, context) => {
  const { reports, ...mission } = await (await context.connect()).missions.show(
    call.arg(0),
    present({ limit: call.count('limit') }),
  );
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ ...mission, reports }));
    return undefined;
  }
  const title = mission.title === undefined ? '' : ` · ${plainLine(mission.title)}`;
  output.line(`${mission.id}${title}: ${mission.done} of ${mission.of} units done, ${mission.state}`);
  output.line(`owner ${mission.owner} (epoch ${mission.epoch})`);
  for (const unit of mission.units) output.line(`${unit.done ? '✓' : '·'} ${plainLine(unit.name)}`);
  for (const { at, by, done, of, change, evidence } of reports) {
    const why = evidence === undefined ? '' : `: ${plainLine(evidence)}`;
    output.line(`${when(at, context)}\t${done}/${of}\t${change} by ${plainLine(by)}${why}`);
  }
  return undefined;
};

export const dropMission: CommandAction = async (call, context) => {
  const mission = await (await context.connect()).missions.drop(call.arg(0));
  return said(mission, `${mission.id} was dropped at ${mission.done} of ${mission.of} units`, context);
};

function said(mission: WireMission, sentence: string, { output, json }: Context): undefined {
  if (json) output.json(renderJson(mission));
  else output.line(output.isTerminal ? `${output.style.good('✓')} ${sentence}` : sentence);
  return undefined;
}

function when(iso: string, { output, clock }: Context): string {
  return output.isTerminal ? relativeTime(iso, clock.now()) : iso;
}
