import { isErrorCode, WaggleError } from '../../errors.ts';
import type { HealthState } from '../../monitor/health.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { CommandAction, Context } from '../command.ts';
import { counted } from '../selection.ts';
import { printTable } from '../terminal/table.ts';

/** The table, then the verdict; a store that is damaged is told as every other command tells it. */
export const health: CommandAction = async (call, context) => {
  const report = await (await context.connect()).health();
  const { output } = context;
  if (context.json) {
    output.json(renderJson(report));
  } else {
    const rows = call.flag('bad') ? report.figures.filter(({ state }) => state !== 'good') : report.figures;
    const columns = ['', 'FIGURE', 'NOW', 'LIMIT', 'WHAT TO DO'].map((head) => ({ head }));
    await printTable(
      output,
      columns,
      rows.map(({ state, title, shown, limit, subject, detail, advice = '' }) => [
        mark(state, context),
        subject === undefined ? title : `${title} (${subject})`,
        detail === undefined ? shown : `${shown}: ${detail}`,
        limit,
        advice,
      ]),
    );
    const { firing, acknowledged } = report.alerts;
    output.line(`${report.state}; ${counted(firing, 'alert')} firing, ${acknowledged} acknowledged`);
    for (const trouble of report.troubles) output.note(`could not be told: ${plainLine(trouble)}`);
  }
  const { code, reason = '' } = report.store;
  if (code !== undefined && isErrorCode(code) && report.store.state !== 'open') {
    throw new WaggleError(code, reason.replace(`${code}: `, ''), { details: { store: report.store } });
  }
  return report.ok ? 0 : 1;
};

function mark(state: HealthState, { output: { style } }: Context): string {
  switch (state) {
    case 'good':
      return style.good(state);
    case 'warn':
      return style.warn(state);
    case 'bad':
      return style.bad(state);
    case 'unknown':
      return style.dim(state);
  }
}
