import { readFileSync } from 'node:fs';

/** The version in our own package.json, which lies one folder above both `src` and `dist`. */
export const packageVersion: string = readVersion();

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version; // our own manifest: the package cannot be published without it
}
