import { existsSync, readFileSync } from 'node:fs';
import type { Recorder } from '../history/recorder.ts';
import type { FaultOutcome } from './laboratory.ts';
import type { LegacyEntry } from './legacy-client.ts';
import type { Target } from './target.ts';

const states = { PENDING: 'ready', PROCESSING: 'leased', DELIVERED: 'acked', FAILED: 'dead' } as const;

/** The legacy queue file: no process of its own, which is half of what is wrong with it. */
export class LegacyTarget implements Target {
  readonly place: string;

  constructor(file: string) {
    this.place = file;
  }

  async start(): Promise<void> {}

  /** What the file says now. It can lie: an entry whose status was overwritten, or a file caught in mid-write. */
  async open(): Promise<number> {
    return this.#entries().filter(({ status }) => status === 'PENDING' || status === 'PROCESSING').length;
  }

  async testify(_ids: Iterable<string>, recorder: Recorder): Promise<readonly string[]> {
    for (const { queue_id: id, recipient: inbox, status, key } of this.#entries()) {
      recorder.observe('final', {
        id: String(id),
        inbox: String(inbox),
        key: String(key),
        state: states[status] ?? 'damaged',
      });
    }
    return this.#isReadable() ? [] : ['the queue file does not parse any more'];
  }

  async makeFault(kind: string): Promise<FaultOutcome> {
    return { acted: 0, detail: `${kind} is for a hub, and the legacy queue has none` };
  }

  async stop(): Promise<void> {}

  async kill(): Promise<void> {}

  #entries(): LegacyEntry[] {
    return this.#isReadable() ? (JSON.parse(readFileSync(this.place, 'utf8')) as LegacyEntry[]) : []; // our own writer's
  }

  #isReadable(): boolean {
    if (!existsSync(this.place)) return true;
    try {
      JSON.parse(readFileSync(this.place, 'utf8'));
      return true;
    } catch {
      return false;
    }
  }
}
