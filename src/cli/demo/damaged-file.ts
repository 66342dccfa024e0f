/** A legacy `queue.json` with the two commonest wounds: an entry cut in the middle, and a log line between two others. */
export function damagedFile(agents: readonly string[], round: number): Buffer {
  const entries = Array.from({ length: 12 }, (_, index) => entryFor(agents[index % agents.length] ?? '', round, index));
  const hurt = entries.map((entry, index) => (index === 4 ? entry.slice(0, entry.length / 2) : entry));
  const [first, ...rest] = hurt;
  const log = '\n2025-10-16 09:12:44 WARNING queue lock timed out, writing anyway';
  return Buffer.from(`[\n${first}${rest.map((entry, index) => `,${index === 7 ? log : ''}\n${entry}`).join('')}\n]`);
}

function entryFor(agent: string, round: number, index: number): string {
  const stamp = `2025-10-16T09:${String(round % 60).padStart(2, '0')}:${String(index).padStart(2, '0')}.000000`;
  const message = {
    type: 'captain_to_agent',
    sender: 'Agent-4',
    recipient: agent,
    content: `From the old queue: note ${round + 1}.${index + 1}`,
    priority: 'normal',
    timestamp: stamp,
  };
  return JSON.stringify({
    message,
    priority_score: 0.5,
    status: 'PENDING',
    created_at: stamp,
    updated_at: stamp,
    attempts: 0,
    queue_id: `demo-${round + 1}-${index + 1}`,
  });
}
