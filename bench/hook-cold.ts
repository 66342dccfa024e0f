import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A hook call from a cold start, beside `node -e 0`, in turns: `npm run bench:hook`. With a hub and one unread message, with
 * no hub, and with one that takes the connection and never answers.
 */
const bin = fileURLToPath(new URL('../bin/waggle.js', import.meta.url));
const runs = Number(process.argv[2] ?? 20);
const folder = mkdtempSync(join(tmpdir(), 'waggle-hook-bench-'));
const event = JSON.stringify({ session_id: 'bench', hook_event_name: 'UserPromptSubmit' });

function timed(args: string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: folder, input: event });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - started;
}

function row(name: string): string {
  const hook = [bin, 'hook', 'claude', 'UserPromptSubmit', '--agent', 'ada'];
  const pairs = Array.from({ length: runs }, () => [timed(['-e', '0']), timed(hook)] as const);
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const [node, cold] = [median(pairs.map(([bare]) => bare)), median(pairs.map(([, ours]) => ours))];
  return `| ${name} | ${cold.toFixed(0)} ms | ${node.toFixed(0)} ms | ${(cold / node).toFixed(2)} |`;
}

const waggle = (...args: string[]) => execFileSync(process.execPath, [bin, ...args], { cwd: folder, stdio: 'ignore' });
try {
  waggle('agent', 'add', 'ada');
  waggle('send', 'ada', 'hello');
  const rows = [row('hub running, one unread message')];
  waggle('down');
  rows.push(row('no hub'));
  const hung = createServer();
  await new Promise<void>((resolve) => hung.listen(join(folder, '.waggle', 'hub.sock'), resolve));
  // The kernel takes the connections; nobody reads them while this thread waits for its children.
  rows.push(row('a hub that hangs'));
  hung.close();
  process.stdout.write(
    `| waggle hook, cold, median of ${runs} | hook | node -e 0 | ratio |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
