import { invalidInput } from '../../errors.ts';
import type { QueueStats } from '../../message/message-store.ts';
import { plain, plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { missingInput, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { formatBytes } from '../doctor/check.ts';
import { relativeTime } from '../durations.ts';

/** In the order of a message's life; `accepted` is the sum of the others. */
const shownStates = [
  'ready',
  'scheduled',
  'leased',
  'acked',
  'dead',
  'expired',
  'cancelled',
  'quarantined',
  'pruned',
  'accepted',
] as const satisfies readonly (keyof QueueStats)[];

export const stats: CommandAction = async (call, context) => {
  const found = await (await context.connect()).queue.stats(present({ inbox: call.text('inbox') }));
  if (context.json) context.output.json(renderJson({ ...ordered(found), ...found }));
  else for (const line of statsLines(found, context)) context.output.line(line);
  return undefined;
};

export const prune: CommandAction = async (call, context) => {
  const olderThanMs = call.durationMs('older-than');
  if (olderThanMs === undefined) throw missingInput('--older-than', 'write for example --older-than 30d');
  const selection = { olderThanMs, ...present({ inbox: call.text('inbox') }), dryRun: call.flag('dry-run') };
  const done = await (await context.connect()).queue.prune(selection);
  if (context.json) {
    context.output.json(renderJson(done));
    return undefined;
  }
  const size = `${done.pruned} ${done.pruned === 1 ? 'message' : 'messages'} (${formatBytes(done.bytes)} of text)`;
  context.output.line(
    done.dryRun ? `${size} would be pruned; nothing was deleted` : `${size} pruned; they stay counted`,
  );
  return undefined;
};

export const verify: CommandAction = async (call, context) => {
  const histories = call.args(0);
  if (histories.length > 0) {
    const { verifyHistory } = await import('./verify-history.ts');
    return verifyHistory(histories, call.flag('drained'), context);
  }
  if (call.flag('drained')) throw invalidInput('--drained', true, 'is about a history; name its files or folder');
  const report = await (await context.connect()).queue.verify();
  const { output } = context;
  if (context.json) {
    output.json(renderJson(report));
  } else {
    for (const { what, inbox, detail } of report.problems) {
      const where = inbox === undefined ? '' : ` in inbox ${plainLine(inbox)}`;
      output.line(`${output.style.bad('problem')} ${plainLine(what)}${where}: ${plain(detail)}`);
    }
    const verdict = report.ok
      ? `${output.style.good('ok')}: ${report.stats.accepted} accepted messages are all accounted for (${report.checked} checked)`
      : `${report.problems.length} problems; waggle doctor says what to do`;
    output.line(verdict);
  }
  return report.ok ? 0 : 1;
};

/** Counts by state; on a terminal those that are not zero stand out. */
export function statsLines(found: QueueStats & { oldestReadyAt?: string }, { output, clock }: Context): string[] {
  const lines = shownStates.map((state) => {
    if (!output.isTerminal) return `${state}\t${found[state]}`;
    const text = `${state.padEnd(12)}${String(found[state]).padStart(8)}`;
    return found[state] === 0 ? output.style.dim(text) : text;
  });
  if (found.oldestReadyAt !== undefined) {
    const waits = `oldest ready message: ${relativeTime(found.oldestReadyAt, clock.now())}`;
    lines.push(output.isTerminal ? waits : `oldestReadyAt\t${found.oldestReadyAt}`);
  }
  return lines;
}

function ordered(found: QueueStats): Record<string, number> {
  return Object.fromEntries(shownStates.map((state) => [state, found[state]]));
}
