import type { GuaranteeId } from '../guarantees.ts';

/** One bug, put into the real source by hand. */
export interface Mutant {
  readonly id: string;
  /** The promises it breaks. */
  readonly breaks: readonly GuaranteeId[];
  readonly edits: readonly Edit[];
  /** Test files of which at least one must fail. */
  readonly killers: readonly string[];
  /** It makes somebody wait for ever, so a test that runs out of time has seen it; else that says only that a machine is slow. */
  readonly hangs?: boolean;
}

export interface Edit {
  readonly file: string;
  /** Exact text, once in the file: when the source moves on, the mutant says so instead of testing nothing. */
  readonly find: string;
  readonly replace: string;
}

export const store = 'src/store/sqlite';
export const contracts = `${store}/sqlite-store.test.ts`;
export const durability = `${store}/sqlite-durability.test.ts`;
export const edges = `${store}/sqlite-edges.test.ts`;
export const http = 'src/http/http.test.ts';
export const swarm = 'src/sdk/swarm.test.ts';
export const recovery = 'src/recovery/recover.test.ts';

const hanging = new Set([
  'a waiting consumer is not woken',
  'a wake-up is not passed on',
  'mail leased for a consumer that is gone is kept',
  'nobody looks when something falls due',
]);

/** One edit, or several that only together break the promise. */
export function mutant(
  id: string,
  breaks: GuaranteeId | readonly GuaranteeId[],
  [file, find, replace]: readonly [string, string, string],
  killers: readonly string[],
  more: readonly (readonly [string, string, string])[] = [],
): Mutant {
  const edits = [[file, find, replace] as const, ...more].map(([file, find, replace]) => ({ file, find, replace }));
  return { id, breaks: typeof breaks === 'string' ? [breaks] : breaks, edits, killers, hangs: hanging.has(id) };
}
