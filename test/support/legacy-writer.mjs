// Re-enacts the legacy queue's enqueue: load, [] on any error, append, truncate in place, stream in blocks.
// Usage: node legacy-writer.mjs FILE WRITER COUNT. Entry i of writer w is a pure function of both.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function raceEntry(writer, index) {
  const content = `message ${index} of writer ${writer} ${'x'.repeat((index * 37 + writer * 11) % 300)}`;
  const time = `2025-09-09T00:00:${String(10 + (index % 50))}.${100000 + writer * 1000 + index}`;
  return {
    message: { type: 'race', content, tags: ['}', '{'] },
    queue_id: `00000000-0000-4000-a000-${String(writer).padStart(4, '0')}${String(index).padStart(8, '0')}`,
    priority_score: 0.5,
    status: 'PENDING',
    created_at: time,
    updated_at: time,
    metadata: { delivery_callback: false },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run();

function run() {
  const [, , file, writer, count] = process.argv;
  for (let index = 0; index < Number(count); index += 1) {
    let entries;
    try {
      entries = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      entries = [];
    }
    entries.push(raceEntry(Number(writer), index));
    const bytes = Buffer.from(JSON.stringify(entries));
    const handle = openSync(file, 'w');
    for (let at = 0; at < bytes.length; at += 512) writeSync(handle, bytes, at, Math.min(512, bytes.length - at));
    closeSync(handle);
  }
}
