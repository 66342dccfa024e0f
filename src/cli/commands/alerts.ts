import { WaggleError } from '../../errors.ts';
import type { WireSilence } from '../../hub/monitor-api.ts';
import type { AlertState } from '../../monitor/alert.ts';
import type { WireAlert } from '../../monitor/alert-text.ts';
import { type FigureSpec, formatValue } from '../../monitor/figure.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { printTable } from '../terminal/table.ts';

const defaultSilenceMs = 3_600_000;

export const list: CommandAction = async (call, context) => {
  const page = await (await context.connect()).alerts.list(
    present({
      state: call.text('state') as AlertState | undefined, // one of the choices: the parser refused others
      limit: call.count('limit'),
      after: call.text('after'),
    }),
  );
  const { output } = context;
  if (context.json) {
    output.json(renderJson(page));
    return undefined;
  }
  if (page.alerts.length === 0) output.note('no alerts; waggle alerts rules shows what would raise one');
  else {
    const columns = ['ALERT', 'SEVERITY', 'STATE', 'RULE', 'SINCE', 'TIMES', 'WHAT'].map((head) => ({ head }));
    const rows = page.alerts.map(({ id, severity, state, rule, sinceAt, count, text }) => {
      return [id, severity, state, rule, when(sinceAt, context), count, text];
    });
    await printTable(output, columns, rows);
  }
  for (const silence of page.silences) output.note(silenced(silence, context));
  if (page.next !== undefined) output.note(`more: waggle alerts list --after ${page.next}`);
  return undefined;
};

export const ack: CommandAction = async (call, context) => {
  return said(await (await context.connect()).alerts.ack(call.arg(0)), 'acknowledged', context);
};

export const resolve: CommandAction = async (call, context) => {
  return said(await (await context.connect()).alerts.resolve(call.arg(0)), 'resolved', context);
};

export const silence: CommandAction = async (call, context) => {
  const { alerts } = await context.connect();
  const { output } = context;
  const end = call.text('end');
  if (end !== undefined) {
    if (!(await alerts.unsilence(end)))
      throw new WaggleError('not_found', `silence ${end} does not exist; waggle alerts list shows which do`, {
        details: { field: '--end', value: end },
      });
    if (context.json) output.json(renderJson({ ended: end }));
    else output.line(`${end} has ended`);
    return undefined;
  }
  const made = await alerts.silence({
    forMs: call.durationMs('for') ?? defaultSilenceMs,
    ...present({
      rule: call.optionalArg(0),
      subject: call.text('subject'),
      reason: call.text('reason'),
      all: call.flag('all') ? true : undefined,
    }),
  });
  if (context.json) output.json(renderJson(made));
  else output.line(silenced(made, context));
  return undefined;
};

export const rules: CommandAction = async (_call, context) => {
  const known = await (await context.connect()).alerts.rules();
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ rules: known }));
    return undefined;
  }
  const columns = ['RULE', 'FIGURE', 'FIRES', 'OVER', 'AFTER', 'SEVERITY', 'NOW'].map((head) => ({ head }));
  const rows = known.map(({ name, title, when: side, threshold, clear, forMs, severity, unit, now }) => {
    const shown = (value: number) => formatValue(unit as FigureSpec['unit'], value); // a unit of ours, from the hub
    const over = side === 'above' ? 'at most' : 'at least';
    return [
      name,
      title,
      `${side} ${shown(threshold)}`,
      `${over} ${shown(clear)}`,
      formatValue('ms', forMs),
      severity,
      now,
    ];
  });
  await printTable(output, columns, rows);
  return undefined;
};

function said(alert: WireAlert, what: string, { output, json }: Context): undefined {
  const sentence = `${alert.id} is ${what}: ${plainLine(alert.text)}`;
  if (json) output.json(renderJson(alert));
  else output.line(output.isTerminal ? `${output.style.good('✓')} ${sentence}` : sentence);
  return undefined;
}

function silenced({ id, rule, subject, untilAt, by, reason }: WireSilence, context: Context): string {
  const what = rule === undefined && subject === undefined ? 'every alert' : `${rule ?? 'every rule'}${about(subject)}`;
  const why = reason === undefined ? '' : ` (${plainLine(reason)})`;
  return `${id} silences ${what} until ${when(untilAt, context)}, by ${plainLine(by)}${why}`;
}

function about(subject: string | undefined): string {
  return subject === undefined ? '' : ` of ${plainLine(subject)}`;
}

function when(at: string, { output, clock }: Context): string {
  return output.isTerminal ? relativeTime(at, clock.now()) : at;
}
