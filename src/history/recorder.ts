import { hash } from 'node:crypto';
import { machineTime } from '../clock.ts';
import { toWaggleError, type WaggleError } from '../errors.ts';
import { randomHex } from '../ids.ts';
import type { HistorySink } from './history-writer.ts';
import type { HistoryOp, HistoryRecord } from './record.ts';

export type Facts = Omit<Partial<HistoryRecord>, 't_mono' | 'proc' | 'incarnation' | 'op' | 'phase' | 'call'>;

/** A call that has been written down as begun; exactly one of its ends is due. */
export interface RecordedCall {
  /** Instant of the invoke. */
  readonly at: number;
  /** One for each thing the answer named, or one without facts. */
  ok(...answers: Facts[]): void;
  /** Decides between `fail` and `info` by what the error says about the effect. */
  failed(error: unknown): void;
}

/** Writes the records of one client. Instants come from `now`, by default the machine's monotonic clock. */
export class Recorder {
  readonly #sink: HistorySink;
  readonly #now: () => number;
  readonly #run: string;
  #calls = 0;

  /** `run` tells this history's keys from those of earlier ones over the same swarm; give one where runs are repeated. */
  constructor(sink: HistorySink, options: { readonly now?: () => number; readonly run?: string } = {}) {
    this.#sink = sink;
    this.#now = options.now ?? machineTime;
    this.#run = options.run ?? randomHex(4);
  }

  /** A name that no other call has, for sends without a key of their own. */
  uniqueKey(): string {
    return `h:${this.#run}:${this.#sink.proc}:${this.#sink.incarnation}:${this.#calls + 1}`;
  }

  begin(op: HistoryOp, facts: Facts): RecordedCall {
    this.#calls += 1;
    const call = this.#calls;
    const at = this.#now();
    this.#write({ op, phase: 'invoke', call, ...facts }, at);
    return {
      at,
      ok: (...answers) => {
        const end = this.#now();
        for (const answer of answers.length === 0 ? [{}] : answers)
          this.#write({ op, phase: 'ok', call, ...answer }, end);
      },
      failed: (error) => {
        const failure = toWaggleError(error);
        this.#write({ op, phase: isRefusal(failure) ? 'fail' : 'info', call, error: failure.code }, this.#now());
      },
    };
  }

  /** Records a call around `run`, whose result or error goes on to the caller. */
  async around<T>(
    op: HistoryOp,
    facts: Facts,
    run: () => Promise<T>,
    answers: (result: T, at: number) => readonly Facts[] = () => [],
  ): Promise<T> {
    const call = this.begin(op, facts);
    let result: T;
    try {
      result = await run();
    } catch (error) {
      call.failed(error);
      throw error;
    }
    call.ok(...answers(result, call.at));
    return result;
  }

  /** Something seen rather than asked for: a final state, the store's counts, a fault that was injected. */
  observe(op: 'final' | 'stats' | 'fault', facts: Facts): void {
    this.#write({ op, phase: 'ok', ...facts }, this.#now());
  }

  #write(record: Omit<HistoryRecord, 't_mono' | 'proc' | 'incarnation'>, at: number): void {
    const { proc, incarnation } = this.#sink;
    this.#sink.write({ t_mono: at, proc, incarnation, ...record });
  }
}

/** The hash by which a history knows a body: of its text as stored. */
export function bodyHash(body: unknown): string {
  return hash('sha256', typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
}

/**
 * Whether nothing happened, for certain. An error that a repeated call can get after its first try was answered into a
 * broken connection says nothing about that first try.
 */
function isRefusal({ code, retry }: WaggleError): boolean {
  return retry === 'never' || retry === 'reread' || code === 'queue_full' || code === 'disk_full';
}
