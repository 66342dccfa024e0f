import { WaggleError } from '../../errors.ts';
import type { ImportInput } from '../../hub/api.ts';
import { type ImportCandidate, toImportCandidate } from '../../recovery/legacy-message.ts';
import type { Recovery } from '../../recovery/recover.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import type { Context } from '../command.ts';
import { createProgress } from '../terminal/progress.ts';

/** One import request: small enough to be one short commit, whatever the entries hold. */
const batchEntries = 256;
const batchBytes = 1024 * 1024;

/** What became of a file's entries in the swarm. */
export interface Imported {
  /** Recovered entries that are new in the swarm. */
  imported: number;
  /** Recovered entries that an earlier import brought in. */
  known: number;
  /** Ambiguous entries that are new in the swarm, where they are kept and never delivered. */
  quarantined: number;
  /** Ambiguous entries too large for a message: their bytes are in the quarantined copy of the file only. */
  oversized: number;
  readonly agentsAdded: string[];
}

/** Brings a file's entries into the swarm, batch by batch. Interrupted or repeated, it goes on where it was. */
export async function importEntries(swarm: Swarm, { summary, entries }: Recovery, context: Context): Promise<Imported> {
  const total: Imported = { imported: 0, known: 0, quarantined: 0, oversized: 0, agentsAdded: [] };
  const all = summary.recovered + summary.ambiguous;
  const progress = createProgress(`importing ${summary.file}`, context.output, context.clock);
  let done = 0;
  const send = async (batch: readonly ImportInput[]) => {
    if (context.stop.aborted) {
      throw new WaggleError(
        'aborted',
        `import of ${summary.file}: interrupted after ${done} of ${all} entries; run it again to go on`,
      );
    }
    const answer = await swarm.importEntries(batch, { addAgents: true });
    total.agentsAdded.push(...answer.agentsAdded);
    done += batch.length;
    progress.update(done / Math.max(1, all));
    return answer;
  };
  // Apart, because the answer counts a batch as a whole and only one of the two is ever delivered.
  const certain = new Batch(async (batch) => {
    const { imported, known } = await send(batch);
    total.imported += imported;
    total.known += known;
  });
  const doubtful = new Batch(async (batch) => {
    total.quarantined += (await send(batch)).imported;
  });
  try {
    for (const entry of entries) {
      if (entry.supersededBy !== undefined) continue; // its newer version is the one that counts
      const candidate = toImportCandidate(entry, { sha256: summary.sha256, name: summary.file });
      if (entry.status === 'recovered') await certain.add(candidate);
      else if (Buffer.byteLength(candidate.body) > batchBytes) total.oversized += 1;
      else await doubtful.add(candidate);
    }
    await certain.flush();
    await doubtful.flush();
  } finally {
    progress.end();
  }
  return total;
}

/** Collects entries until they make a request. */
class Batch {
  readonly #send: (batch: readonly ImportInput[]) => Promise<void>;
  #entries: ImportInput[] = [];
  #bytes = 0;

  constructor(send: (batch: readonly ImportInput[]) => Promise<void>) {
    this.#send = send;
  }

  async add({ body, provenance, ...candidate }: ImportCandidate): Promise<void> {
    const size = Buffer.byteLength(body);
    if (this.#entries.length === batchEntries || this.#bytes + size > batchBytes) await this.flush();
    this.#entries.push({ ...candidate, bodyText: body, provenance: { ...provenance } });
    this.#bytes += size;
  }

  async flush(): Promise<void> {
    const batch = this.#entries;
    this.#entries = [];
    this.#bytes = 0;
    if (batch.length > 0) await this.#send(batch);
  }
}
