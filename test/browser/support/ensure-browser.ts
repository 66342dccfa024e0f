import { spawnSync } from 'node:child_process';
import { findBrowser } from './find-browser.ts';

/** Before the tests of the dashboard: a browser is there, or is installed where that can be done, or this is one error. */
export default function setup(): void {
  if (findBrowser() !== undefined) return;
  const isRoot = process.getuid?.() === 0;
  const hasApt = spawnSync('apt-get', ['--version']).status === 0;
  if (isRoot && hasApt) {
    process.stdout.write('Installing chromium for the tests of the dashboard (apt-get)\n');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { env });
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], { env });
    if (findBrowser() !== undefined) return;
  }
  throw new Error(
    'The dashboard is tested in Chromium, which is neither here nor could be installed: apt-get install chromium as root, or name one in WAGGLE_CHROMIUM.',
  );
}
