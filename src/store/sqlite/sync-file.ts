import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Syncs a file, or a folder and with it the names in it. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
