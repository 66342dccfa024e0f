import type { Context, ContextChange, JsonObject } from './context.ts';

export interface ContextWrite {
  readonly namespace: string;
  readonly by: string;
  readonly via?: string;
  readonly reason?: string;
  /**
   * The version the writer has seen: 0 means that there is none. `any` gives up the protection against lost updates;
   * what is overwritten stays in the history.
   */
  readonly ifVersion: number | 'any';
}

export interface ContextValue {
  /** The new value, or a function of the present one (`{}` where there is none) that runs inside the write. */
  readonly value: JsonObject | ((present: JsonObject) => JsonObject);
  readonly change: 'set' | 'patch';
  /** The context ends this long from now; default never. A later write without it ends the ending. */
  readonly ttlMs?: number;
}

/** What the context room needs from a store. Each call is atomic and durable; a typed error changed nothing. */
export interface ContextStore {
  /** Undefined where there is none, or where it has run out. */
  get(namespace: string): Promise<Context | undefined>;
  /** `version_conflict` (with the present version) when another version is there; `not_found` for an agent unknown. */
  write(write: ContextWrite & ContextValue): Promise<Context>;
  /** `not_found` where there is none, `version_conflict` as for `write`. The history stays. Resolves to its version. */
  remove(write: ContextWrite): Promise<number>;
  list(): Promise<Omit<Context, 'value'>[]>;
  /** Newest first, at most `keptChanges`. Empty for a namespace never written. */
  history(namespace: string, limit: number): Promise<ContextChange[]>;
}
