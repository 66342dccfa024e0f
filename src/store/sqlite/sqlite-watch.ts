import { open, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileState, IntegrityReport, StoreSizes, StoreWatch } from '../../monitor/store-watch.ts';
import { answerOf, startWorker } from './ask-worker.ts';
import type { CommitHistogram } from './commit-histogram.ts';
import type { CheckedSlice } from './integrity-worker.ts';
import { queueFigures, unread } from './queue-figures.ts';
import type { Runner } from './rooms.ts';
import { checkPages } from './verify.ts';

export interface SqliteWatchOptions {
  readonly file: string;
  readonly read: Runner['read'];
  /** Of the file that was opened. */
  readonly inode: () => number | undefined;
  readonly commits: CommitHistogram;
}

/** Watches a store file from beside its writer; see the port. */
export function sqliteWatch({ file, read, inode, commits }: SqliteWatchOptions): StoreWatch {
  const onDisk = file !== ':memory:';
  return {
    examine: async () => (onDisk ? examine(file, inode()) : { state: 'none' }),
    sizes: async () => (onDisk ? sizesOf(file) : {}),
    figures: (since) => read((core) => queueFigures(core, since)),
    unread: (inboxes) => read((core) => unread(core, inboxes)),
    commitTimes: () => commits.times(),
    check: async (breathe) =>
      onDisk
        ? checkInWorker(file, breathe)
        : { problems: await read(({ db }) => checkPages(db)), slices: 1, busyMs: 0 },
  };
}

/** By name and by its first bytes: what the engine holds open says nothing about what stands there now. */
async function examine(file: string, inode: number | undefined): Promise<FileState> {
  try {
    await using handle = await open(file, 'r');
    const { ino, size } = await handle.stat();
    if (ino !== inode) return { state: 'replaced', detail: 'another file stands in its place' };
    const header = Buffer.alloc(16);
    await handle.read(header, 0, header.length, 0);
    if (header.toString('latin1') === 'SQLite format 3\0') return { state: 'sound' };
    return { state: 'unreadable', detail: size === 0 ? 'it is empty' : 'it does not begin as a store does' };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { state: isGone ? 'missing' : 'unreadable', detail: text };
  }
}

async function sizesOf(file: string): Promise<StoreSizes> {
  const [store, log, disk] = await Promise.all([sizeOf(file), sizeOf(`${file}-wal`), statfs(dirname(file))]);
  return {
    storeBytes: store,
    logBytes: log,
    diskFreeBytes: disk.bavail * disk.bsize,
    diskTotalBytes: disk.blocks * disk.bsize,
  };
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

async function checkInWorker(file: string, breathe: (sliceMs: number) => Promise<void>): Promise<IntegrityReport> {
  const worker = startWorker('integrity-worker', file);
  // A hub that is done does not wait for it.
  worker.unref();
  try {
    const problems: CheckedSlice['problems'][number][] = [];
    let busyMs = 0;
    for (let slices = 1; ; slices += 1) {
      worker.postMessage('next');
      const slice = await answerOf<CheckedSlice>(worker);
      problems.push(...slice.problems);
      busyMs += slice.busyMs;
      if (slice.isLast) return { problems, slices, busyMs };
      await breathe(slice.busyMs);
    }
  } finally {
    await worker.terminate();
  }
}
