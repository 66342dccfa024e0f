import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The path of a Chromium: the one `WAGGLE_CHROMIUM` names, or the first of the usual names on the path. */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['WAGGLE_CHROMIUM'];
  if (named !== undefined) return named;
  const folders = (env['PATH'] ?? '').split(':').concat('/usr/bin');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(canRun);
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
