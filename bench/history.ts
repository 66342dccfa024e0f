import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHistoryFiles } from '../src/history/check-files.ts';
import { HistoryWriter } from '../src/history/history-writer.ts';
import type { HistoryRecord } from '../src/history/record.ts';

/**
 * How long the checker takes over a million records in 16 files, and how much memory. The history is one of whole lives:
 * sent, leased, one in eight given back first, acked, and known at the end.
 *
 *   node bench/history.ts [records]
 */
const wanted = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'waggle-history-'));
try {
  const written = writeLives(folder, wanted);
  const before = process.cpuUsage();
  const begun = performance.now();
  const report = await checkHistoryFiles([folder]);
  const tookMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${written} records, ${report.summary.sent} messages, 16 files: ${(tookMs / 1000).toFixed(1)} s ` +
      `(${((user + system) / 1e6).toFixed(1)} s of processor), ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB at most, ` +
      `${report.findings.length} findings`,
  );
  process.exitCode = report.ok && tookMs < 60_000 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function writeLives(into: string, records: number): number {
  const writers = Array.from({ length: 16 }, (_, index) => new HistoryWriter(into, `client-${index}`));
  let t = 0;
  let call = 0;
  let written = 0;
  const write = (client: number, record: Omit<HistoryRecord, 't_mono' | 'proc' | 'incarnation'>) => {
    t += 0.01;
    written += 1;
    writers[client]?.write({ t_mono: t, proc: `client-${client}`, incarnation: 0, ...record });
  };
  const called = (client: number, op: HistoryRecord['op'], asked: object, told: object) => {
    call += 1;
    write(client, { op, phase: 'invoke', call, ...asked });
    write(client, { op, phase: 'ok', call, ...told });
  };
  for (let life = 0; written < records; life += 1) {
    const inbox = `agent-${life % 8}`;
    const seq = Math.floor(life / 8) + 1;
    const id = `msg_0198c0de-0000-7000-8000-${life.toString(16).padStart(12, '0')}`;
    const key = `key-${life}`;
    const hash = life.toString(16).padStart(64, '0');
    const [sender, consumer] = [life % 16, (life * 7) % 16];
    called(sender, 'send', { key, hash, inbox }, { id, key });
    const deliver = (gen: number) => {
      const facts = {
        id,
        inbox,
        seq,
        gen,
        attempt: gen,
        key,
        hash,
        from: 'operator',
        priority: 'normal',
        max_attempts: 5,
      };
      called(consumer, 'lease', { inbox, lease_ms: 60_000 }, { ...facts, lease_until: t + 60_000 });
    };
    deliver(1);
    if (life % 8 === 0) {
      called(consumer, 'nack', { id, gen: 1 }, { id, gen: 1, state: 'ready' });
      deliver(2);
    }
    const gen = life % 8 === 0 ? 2 : 1;
    called(consumer, 'ack', { id, gen }, { id, gen });
    write(consumer, { op: 'final', phase: 'ok', id, state: 'acked', seq, inbox, hash });
  }
  for (const writer of writers) writer.close();
  return written;
}
