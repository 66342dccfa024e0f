import type { AuditEntry } from '../../audit/audit-entry.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction } from '../command.ts';
import { printTable } from '../terminal/table.ts';

export const listAudit: CommandAction = async (call, context) => {
  const page = present({
    limit: call.count('limit'),
    before: call.count('before'),
    actor: call.text('actor'),
    outcome: call.text('outcome') as AuditEntry['outcome'] | undefined, // one of the catalogue's choices
  });
  const answer = await (await context.connect()).audit.list(page);
  const { output } = context;
  if (context.json) {
    output.json(renderJson(answer));
    return undefined;
  }
  if (answer.entries.length === 0) output.note('nothing has been noted');
  const columns = ['#', 'AT', 'ACTOR', 'ACTION', 'SUBJECT', 'OUTCOME', 'TIMES', 'DETAIL'].map((head) => ({ head }));
  const rows = answer.entries.map(({ seq, at, actor, incarnation, action, subject, outcome, count, detail }) => [
    seq,
    at,
    incarnation === undefined ? actor : `${actor}#${incarnation}`,
    action,
    subject ?? '',
    outcome,
    count,
    detail ?? '',
  ]);
  if (rows.length > 0) await printTable(output, columns, rows);
  if (answer.next !== undefined) output.note(`older ones: waggle audit list --before ${answer.next}`);
  return undefined;
};

export const verifyAudit: CommandAction = async (_call, context) => {
  const report = await (await context.connect()).audit.verify();
  const { output } = context;
  if (context.json) {
    output.json(renderJson(report));
    return report.ok ? 0 : 1;
  }
  for (const { what, seq, detail } of report.problems) output.line(plainLine(`${what} at row ${seq}: ${detail}`));
  if (report.ok) output.line(`${output.style.good('✓')} ${report.checked} rows, none changed, moved or missing`);
  if (report.witnessed === 0 && report.checked > 0)
    output.note('the hub’s log says nothing of them, so rows cut off at the end could not be seen');
  return report.ok ? 0 : 1;
};
