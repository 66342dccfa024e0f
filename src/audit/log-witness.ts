import { appendFileSync, createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What a log outside the store says of the audit rows: their numbers and hashes. */
export interface Witnessed {
  readonly hashes: ReadonlyMap<number, string>;
}

export interface AuditWitness {
  note(entry: { readonly seq: number; readonly hash: string }): void;
  read(): Promise<Witnessed>;
}

/** For a hub without a log of its own. */
export const noWitness: AuditWitness = { note: () => {}, read: async () => ({ hashes: new Map() }) };

const linePattern = /^\S+ audit (\d+) ([0-9a-f]{64})$/;
const restoredPattern = /^\S+ audit restored after (\d+)$/;

/**
 * The hub's log as the second place where the hash of every audit row stands: a store whose last rows were cut off, or
 * that was rewritten as a whole, disagrees with it.
 */
export function logWitness(file: string, now: () => number): AuditWitness {
  return {
    note: ({ seq, hash }) => append(file, now(), `${seq} ${hash}`),
    async read() {
      const hashes = new Map<number, string>();
      if (!existsSync(file)) return { hashes };
      for await (const line of createInterface({
        input: createReadStream(file),
        crlfDelay: Number.POSITIVE_INFINITY,
      })) {
        const [, seq, hash = ''] = linePattern.exec(line) ?? [];
        // The first word on a row counts: whoever rewrites the chain adds lines, and cannot take one back here.
        if (seq !== undefined && !hashes.has(Number(seq))) hashes.set(Number(seq), hash);
        const [, restored] = restoredPattern.exec(line) ?? [];
        if (restored !== undefined)
          for (const known of hashes.keys()) if (known > Number(restored)) hashes.delete(known);
      }
      return { hashes };
    },
  };
}

/** Says in the log that a backup took the store's place, so that rows after its last one are not missed. */
export function noteRestored(file: string, now: number, lastSeq: number): void {
  append(file, now, `restored after ${lastSeq}`);
}

function append(file: string, now: number, text: string): void {
  appendFileSync(file, `${new Date(now).toISOString()} audit ${text}\n`, { mode: 0o600 });
}
