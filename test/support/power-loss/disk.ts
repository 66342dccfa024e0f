import { dirname } from 'node:path';
import type { Random } from '../../../src/backoff.ts';
import type { PowerRecord } from './power-log.ts';

/** How much of what was not synced the cut leaves behind. */
export type Cut = 'none' | 'all' | { readonly random: Random; readonly keep: number };

/** What a disk is left with: paths with their bytes. */
export type Remains = ReadonlyMap<string, Buffer>;

/** A disk writes this much at once or not at all. */
const sectorBytes = 512;

interface PendingWrite {
  readonly offset: number;
  /** Undefined: a truncation to `offset`. */
  readonly data: Buffer | undefined;
}

class TracedFile {
  #durable = new Content();
  pending: PendingWrite[] = [];

  /** The first `count` pending changes have reached the disk. */
  settle(count: number): void {
    for (const write of this.pending.splice(0, count)) this.#durable.apply(write);
  }

  /** Valid until the next change. */
  after(cut: Cut): Buffer {
    if (cut === 'none' || this.pending.length === 0) return this.#durable.bytes;
    const left = this.#durable.copy();
    for (const write of this.pending) {
      for (const kept of cut === 'all' ? [write] : survivors(write, cut.random, cut.keep)) left.apply(kept);
    }
    return left.bytes;
  }
}

interface NameChange {
  readonly folder: string;
  readonly change: (names: Map<string, TracedFile | 'folder'>) => void;
}

/**
 * A disk that promises no more than POSIX does: bytes are safe once their file was synced, names once their folder was.
 * Fed with the records of a power log in order, it can be cut off at any of them.
 */
export class Disk {
  readonly #root: string;
  readonly #files = new Map<number, TracedFile>();
  /** As the running process sees them. */
  readonly #names = new Map<string, TracedFile | 'folder'>();
  readonly #durableNames = new Map<string, TracedFile | 'folder'>();
  #pendingNames: NameChange[] = [];
  /** By thread: what a sync that has begun will have covered. */
  readonly #covered = new Map<string, number>();

  constructor(root: string) {
    this.#root = root;
  }

  feed(record: PowerRecord): void {
    const path = record.data.toString('utf8');
    switch (record.type) {
      case 'create': {
        const file = new TracedFile();
        this.#files.set(record.inode, file);
        return this.#rename(path, (names) => names.set(path, file));
      }
      case 'mkdir':
        return this.#rename(path, (names) => names.set(path, 'folder'));
      case 'unlink':
        return this.#rename(path, (names) => names.delete(path));
      case 'rename': {
        const to = record.second.toString('utf8');
        const moved = this.#names.get(path);
        if (moved === undefined) throw new Error(`power log: ${path} was renamed and never made`);
        return this.#rename(to, (names) => {
          names.delete(path);
          names.set(to, moved);
        });
      }
      case 'write':
        this.#file(record).pending.push({ offset: record.offset, data: record.data });
        return;
      case 'truncate':
        this.#file(record).pending.push({ offset: record.offset, data: undefined });
        return;
      case 'syncBegin':
        this.#covered.set(`${record.thread} ${record.inode}`, this.#file(record).pending.length);
        return;
      case 'syncEnd':
        return this.#file(record).settle(this.#covered.get(`${record.thread} ${record.inode}`) ?? 0);
      case 'folderSyncEnd':
        return this.#settleNames(path);
      default:
    }
  }

  /** How many changes of the file of this name are not safe yet. */
  unsynced(path: string): number {
    const file = this.#names.get(path);
    return file instanceof TracedFile ? file.pending.length : 0;
  }

  /** What would be found after the power went now. */
  cut(how: Cut): Remains {
    const names = new Map(this.#durableNames);
    for (const { change } of this.#keptNames(how)) change(names);
    const remains = new Map<string, Buffer>();
    for (const [path, file] of names) {
      if (file !== 'folder' && this.#isReachable(path, names)) remains.set(path, file.after(how));
    }
    return remains;
  }

  #file(record: PowerRecord): TracedFile {
    const file = this.#files.get(record.inode);
    if (file === undefined) throw new Error(`power log: inode ${record.inode} was used and never made`);
    return file;
  }

  #rename(path: string, change: NameChange['change']): void {
    change(this.#names);
    this.#pendingNames.push({ folder: dirname(path), change });
  }

  #settleNames(folder: string): void {
    for (const { change } of this.#pendingNames.filter((pending) => pending.folder === folder)) {
      change(this.#durableNames);
    }
    this.#pendingNames = this.#pendingNames.filter((pending) => pending.folder !== folder);
  }

  /** Filesystems keep the order of changes of one folder, so a random cut keeps a first part of them. */
  #keptNames(how: Cut): NameChange[] {
    if (how === 'none') return [];
    if (how === 'all') return this.#pendingNames;
    const perFolder = Map.groupBy(this.#pendingNames, ({ folder }) => folder);
    return [...perFolder.values()].flatMap((changes) =>
      changes.slice(0, Math.floor(how.random() * (changes.length + 1))),
    );
  }

  #isReachable(path: string, names: ReadonlyMap<string, unknown>): boolean {
    for (let at = dirname(path); at !== this.#root; at = dirname(at)) {
      if (names.get(at) !== 'folder') return false;
    }
    return true;
  }
}

/** The sectors of a write that reached the disk before the cut; a truncation did or did not. */
function survivors(write: PendingWrite, random: Random, keep: number): PendingWrite[] {
  if (write.data === undefined) return random() < keep ? [write] : [];
  const kept: PendingWrite[] = [];
  for (let from = 0; from < write.data.length; ) {
    const at = write.offset + from;
    const end = Math.min(write.data.length, from + sectorBytes - (at % sectorBytes));
    if (random() < keep) kept.push({ offset: at, data: write.data.subarray(from, end) });
    from = end;
  }
  return kept;
}

/** The bytes of a file that is written anywhere: what was never written is zero, as in a file with holes. */
class Content {
  #buffer: Buffer;
  #size: number;

  constructor(buffer: Buffer = Buffer.alloc(0)) {
    this.#buffer = buffer;
    this.#size = buffer.length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  copy(): Content {
    return new Content(Buffer.from(this.bytes));
  }

  apply({ offset, data }: PendingWrite): void {
    const end = data === undefined ? offset : Math.max(this.#size, offset + data.length);
    if (end > this.#buffer.length) {
      const larger = Buffer.alloc(end * 2);
      this.bytes.copy(larger);
      this.#buffer = larger;
    }
    // Beyond the end there are zeros, always: a file that grows again must not show what was cut off.
    if (end < this.#size) this.#buffer.fill(0, end, this.#size);
    data?.copy(this.#buffer, offset);
    this.#size = end;
  }
}
