import type { OpenCall } from '../calls.ts';
import type { Check, CheckContext } from '../check.ts';
import { checkRegister, type RegisterCall } from '../linearizable.ts';
import type { Moment } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

/**
 * **not-linearizable** (G16): each context key is a register of its own. The calls of a key are kept until the end, because
 * only then it is known which of them never got an answer.
 */
export class RegisterCheck implements Check {
  readonly #context: CheckContext;
  readonly #open = new Map<OpenCall, string>();
  readonly #calls = new Map<string, RegisterCall[]>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  contextAsked(call: OpenCall): void {
    this.#open.set(call, call.record.key ?? '');
  }

  contextAnswered(record: HistoryRecord, call: OpenCall, moment: Moment): void {
    if (record.phase === 'info') return;
    this.#open.delete(call);
    const { version: expected, value } = call.record;
    const key = call.record.key ?? record.key ?? '';
    const times = { invoked: call.invoked, ended: moment };
    if (record.phase === 'ok' && record.op === 'context.get') {
      this.#add(key, { kind: 'get', ...times, expected: undefined, version: record.version, value: record.value });
    } else if (record.phase === 'ok') {
      this.#add(key, { kind: 'set', ...times, expected, version: record.version, value });
    } else if (record.op === 'context.set' && record.error === 'version_conflict') {
      this.#add(key, { kind: 'mismatch', ...times, expected, version: record.version, value: undefined });
    }
  }

  finish(): void {
    for (const [{ record, invoked }, key] of this.#open) {
      if (record.op !== 'context.set') continue;
      const { version: expected, value } = record;
      this.#add(key, { kind: 'set', invoked, ended: undefined, expected, version: undefined, value });
    }
    for (const [key, calls] of this.#calls) {
      const { broken, skipped } = checkRegister(calls);
      for (const stretch of broken) {
        const sentence = () => `no order of these ${stretch.length} calls on context key ${key} explains their answers`;
        const proof = stretch.slice(0, shownCalls).map(({ ended, invoked }) => ended ?? invoked);
        this.#context.findings.add('not-linearizable', key, sentence, proof);
      }
      if (skipped.length === 0) continue;
      const total = skipped.reduce((sum, size) => sum + size, 0);
      this.#context.notChecked(
        `not-linearizable: ${total} calls on context key ${key} overlap too much to be searched (${skipped.length} stretches)`,
      );
    }
  }

  #add(key: string, call: RegisterCall): void {
    const calls = this.#calls.get(key);
    if (calls === undefined) this.#calls.set(key, [call]);
    else calls.push(call);
  }
}

/** A proof is for reading. */
const shownCalls = 20;
