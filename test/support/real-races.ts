import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DamagedFile } from './corruption-corpus.ts';
import { raceEntry } from './legacy-writer.mjs';

const writerScript = fileURLToPath(new URL('./legacy-writer.mjs', import.meta.url));

/** What is left after `writers` real processes enqueued into one file the legacy way, `count` entries each. */
export async function realRace(writers: number, count: number): Promise<DamagedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'waggle-race-'));
  try {
    const file = join(folder, 'queue.json');
    const children = Array.from({ length: writers }, (_, writer) =>
      spawn(process.execPath, [writerScript, file, String(writer), String(count)], { stdio: 'ignore' }),
    );
    await Promise.all(children.map((child) => once(child, 'exit')));
    const bytes = await readFile(file);
    const intact: string[] = [];
    for (let writer = 0; writer < writers; writer += 1) {
      for (let index = 0; index < count; index += 1) {
        const text = JSON.stringify(raceEntry(writer, index));
        if (bytes.includes(text)) intact.push(text);
      }
    }
    return { name: `${writers} writers`, class: 'real races', bytes, intact, leftUnclosed: true };
  } finally {
    await rm(folder, { recursive: true });
  }
}
