import { resolve } from 'node:path';
import { checkHistoryFiles, type FilesReport } from '../../history/check-files.ts';
import { type FindingClass, findingClasses } from '../../history/report.ts';
import { plain, plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { Context } from '../command.ts';
import { printTable } from '../terminal/table.ts';

/** Judges recorded histories. No swarm is needed, found or started. */
export async function verifyHistory(names: readonly string[], isDrained: boolean, context: Context): Promise<number> {
  const { output, cwd } = context;
  const report = await checkHistoryFiles(
    names.map((name) => resolve(cwd, name)),
    { isDrained },
  );
  if (context.json) output.json(renderJson(report));
  else await printReport(report, context);
  return report.ok ? 0 : 1;
}

async function printReport(report: FilesReport, { output }: Context): Promise<void> {
  const { style } = output;
  const { summary, totals, findings } = report;
  const classes = Object.keys(findingClasses) as FindingClass[]; // keys of the table
  const rows = classes.map((name) => [name, totals[name], findingClasses[name]] as const);
  await printTable(output, [{ head: 'class' }, { head: 'found', align: 'right' }, { head: 'meaning' }], rows);
  for (const { class: name, sentence, proof } of findings) {
    output.line(`${style.bad(name)} ${plain(sentence)}`);
    for (const { file, line } of proof) output.line(`  ${plainLine(file === undefined ? '' : `${file}:`)}${line}`);
  }
  for (const { file, line, bytes } of report.torn)
    output.line(
      `${style.warn('torn')} ${plainLine(file)}:${line}: ${bytes} bytes of a record; its process was killed there`,
    );
  for (const sentence of report.notChecked) output.line(`${style.warn('not checked')} ${plain(sentence)}`);
  const found = Object.values(totals).reduce((sum, total) => sum + total, 0);
  const seen = `${summary.records} records of ${report.files.length} files: ${summary.sent} sent, ${summary.received} received, ${summary.acked} acked`;
  output.line(found === 0 ? `${style.good('ok')}: ${seen}` : `${style.bad(`${found} findings`)} in ${seen}`);
}
