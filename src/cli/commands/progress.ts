import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { WaggleError } from '../../errors.ts';
import type { ProgressInput } from '../../hub/mission-api.ts';
import { legacyProgress } from '../../mission/legacy-status.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { type Call, missingInput, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { decodeUtf8 } from './send.ts';

export const progress: CommandAction = async (call, context) => {
  const report = reportOf(call, context);
  const { mission, change } = await (await context.connect()).missions.progress(call.arg(0), report);
  const { output, json } = context;
  if (json) {
    output.json(renderJson({ mission, change }));
    return undefined;
  }
  const said = `${plainLine(mission.id)}: ${mission.done} of ${mission.of} units done`;
  output.line(change === 'none' ? `${said} (known already)` : `${output.style.good('✓')} ${said}`);
  if (mission.state === 'done') output.note('all units are done');
  return undefined;
};

function reportOf(call: Call, context: Context): Omit<ProgressInput, 'agent'> {
  const status = call.text('status');
  const units = call.list('unit');
  const given = present({
    mission: call.text('mission'),
    done: call.count('done', 0),
    of: call.count('of'),
    units: units.length > 0 ? units : undefined,
    evidence: call.text('evidence'),
    back: call.flag('back') ? true : undefined,
  });
  if (status !== undefined) return { ...readStatus(status, context), ...given, source: 'legacy' };
  if (given.done === undefined && given.units === undefined)
    throw missingInput('--done', 'waggle progress AGENT --done N --of M');
  return given;
}

function readStatus(file: string, { cwd }: Context) {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(cwd, file));
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new WaggleError('unreadable_file', `${file} cannot be read (${text}); nothing was recorded`, {
      cause,
      details: { file },
    });
  }
  return legacyProgress(decodeUtf8(bytes, file), file);
}
