import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderJson } from '../render-json.ts';
import { reportPage } from './report-page.ts';
import type { StressReport } from './stress-report.ts';

/** Writes `report.json` and `report.html` into the folder, which is made if need be; earlier ones are replaced. */
export async function writeReport(report: StressReport, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const files = [
    [join(folder, 'report.json'), `${renderJson(report)}\n`],
    [join(folder, 'report.html'), reportPage(report)],
  ] as const;
  for (const [file, text] of files) await writeFile(file, text, { mode: 0o600 });
  return files.map(([file]) => file);
}
