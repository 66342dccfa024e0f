import { stripVTControlCharacters } from 'node:util';
import { sleep } from '../../clock.ts';
import type { WireLog } from '../../hub/process-api.ts';
import { plain } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';

const lookEveryMs = 200;

export const agentLogs: CommandAction = async (call, context) => {
  const id = call.arg(0);
  const swarm = await context.connect();
  let piece = await swarm.agents.logs(id, present({ lines: call.count('lines') }));
  print(piece, context);
  if (!call.flag('follow')) return undefined;
  const signal = AbortSignal.any([context.stop, context.output.readerGone]);
  for (let isOver = false; !isOver; ) {
    await context.output.caughtUp();
    await sleep(context.clock, lookEveryMs, signal).catch(() => {});
    if (signal.aborted) return context.stop.aborted ? 130 : 0;
    piece = await swarm.agents.logs(id, { after: piece.next });
    print(piece, context);
    // Its last words are read before its end is believed.
    isOver = piece.lines.length === 0 && hasEnded(piece);
  }
  return undefined;
};

function hasEnded({ process: { endedAt, restartAt } }: WireLog): boolean {
  return endedAt !== undefined && restartAt === undefined;
}

/** What an agent prints is a stranger's: no colour, no cursor, no title of it reaches the terminal. */
function print({ id, lines }: WireLog, { output, json }: Context): void {
  for (const line of lines) {
    if (json) output.json(renderJson({ id, line }));
    else output.line(plain(stripVTControlCharacters(line)));
  }
}
