import { type CheckOptions, checkHistory } from './check-history.ts';
import { openHistory, type TornLine } from './history-reader.ts';
import type { HistoryReport } from './report.ts';

export interface FilesReport extends HistoryReport {
  readonly files: readonly string[];
  readonly torn: readonly TornLine[];
}

/** Checks histories by file, folder or pattern, all of them as one. Errors as for `openHistory` and `checkHistory`. */
export async function checkHistoryFiles(names: readonly string[], options: CheckOptions = {}): Promise<FilesReport> {
  const { files, torn, records } = openHistory(names);
  const report = await checkHistory(records, options);
  return { ...report, files, torn };
}
