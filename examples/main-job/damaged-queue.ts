import { randomUUID } from 'node:crypto';

export interface DamagedQueue {
  readonly bytes: Buffer;
  /** Entries written before the damage. */
  readonly written: number;
  /** Entries whose bytes all survived. */
  readonly intact: number;
  readonly damages: readonly string[];
}

/** A legacy `queue.json` of real shape, then six things that really happened to such files. */
export function damagedQueue(agents: readonly string[], perAgent: number): DamagedQueue {
  const entries = Array.from({ length: agents.length * perAgent }, (_, index) => legacyEntry(agents, index));
  const at = (share: number) => Math.floor(entries.length * share);
  const hurt = new Set<number>();
  const parts: Buffer[] = entries.map((entry) => Buffer.from(entry));
  const replace = (index: number, change: (entry: Buffer) => Buffer) => {
    hurt.add(index);
    parts[index] = change(parts[index] ?? Buffer.alloc(0));
  };

  replace(at(0.1), (entry) => Buffer.concat([entry.subarray(0, 120), Buffer.alloc(300), entry.subarray(200)]));
  replace(at(0.25), (entry) => Buffer.from(entry.toString().replace('"sender"', '"sender')));
  replace(at(0.4), (entry) => Buffer.concat([entry.subarray(0, 90), Buffer.of(0xff, 0xfe), entry.subarray(92)]));
  const conflict = Buffer.from('\n<<<<<<< HEAD\n=======\n>>>>>>> agent-7/wip');
  const logLine = Buffer.from('\n2025-10-16 09:12:44 WARNING queue lock timed out, writing anyway');
  const body: Buffer[] = [];
  parts.forEach((part, index) => {
    if (index > 0) body.push(Buffer.from(','));
    if (index === at(0.55)) body.push(conflict);
    if (index === at(0.7)) body.push(logLine);
    body.push(Buffer.from('\n  '));
    body.push(part);
  });
  // A shorter array was written over a longer one: its end is followed by the tail of what stood there before.
  const leftover = Buffer.from(legacyEntry(agents, entries.length)).subarray(140);
  const bytes = Buffer.concat([Buffer.from('['), ...body, Buffer.from('\n]'), leftover, Buffer.from('\n]')]);
  return {
    bytes,
    written: entries.length,
    intact: entries.length - hurt.size,
    damages: [
      'a block of NUL bytes over an entry',
      'one quote lost',
      'two bytes that are not UTF-8',
      'merge-conflict markers',
      'a log line in the middle',
      'the tail of an older, longer file after the end',
    ],
  };
}

function legacyEntry(agents: readonly string[], index: number): string {
  const recipient = agents[index % agents.length] ?? '';
  const stamp = new Date(Date.UTC(2025, 9, 16, 9) + index * 1_700).toISOString().replace('Z', '000');
  const entry = {
    message: {
      type: 'captain_to_agent',
      sender: 'Agent-4',
      recipient: recipient.replace('agent', 'Agent'),
      content: `Review module ${index}: "keep {braces}, emoji 🐝 and\nline breaks" intact`,
    },
    queue_id: randomUUID(),
    priority_score: [0.5, 0.5, 0.8, 1][index % 4],
    status: index % 5 === 0 ? 'PROCESSING' : 'PENDING',
    created_at: stamp,
    updated_at: stamp,
    metadata: { delivery_callback: false },
  };
  // As json.dump(queue, indent=2) lays an entry out inside the list.
  return JSON.stringify(entry, null, 2).replaceAll('\n', '\n  ');
}
