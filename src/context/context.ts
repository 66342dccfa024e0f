/**
 * What an agent knows and must not forget: one JSON object per namespace, versioned as a whole. The namespace is an
 * agent's id, or `shared` (or `shared:TOPIC`) for what belongs to all. It survives restarts and compaction.
 */
export interface Context {
  readonly namespace: string;
  readonly value: JsonObject;
  /** Rises with every change and never repeats, not even after a removal: a stale writer cannot mistake one for another. */
  readonly version: number;
  readonly updatedAt: number;
  readonly updatedBy: string;
  readonly expiresAt?: number;
}

export type JsonObject = { readonly [member: string]: unknown };

/** One change, newest first in a history. `value` is absent where the context was removed or ran out. */
export interface ContextChange {
  readonly version: number;
  readonly at: number;
  readonly by: string;
  /** Who really presented the change when that is not `by`. */
  readonly via?: string;
  readonly change: 'set' | 'patch' | 'removed' | 'expired';
  /** Why, in the writer's words. */
  readonly reason?: string;
  readonly value?: JsonObject;
}

/** Changes kept for each namespace. */
export const keptChanges = 50;

/** `shared` and `shared:TOPIC` belong to everybody; any other namespace is an agent's id. */
export function isShared(namespace: string): boolean {
  return namespace === 'shared' || namespace.startsWith('shared:');
}
