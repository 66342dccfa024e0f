/** Persistent: at least `persistentBad` of the last `persistentWindow` looks were bad. */
export const persistentWindow = 5;
export const persistentBad = 3;

/** The last looks with one more. */
export function withLook(looks: readonly boolean[], isBad: boolean): readonly boolean[] {
  return [...looks, isBad].slice(-persistentWindow);
}

/** Damaged in most of the last looks: not a writer caught in the act, but corruption that stays. */
export function isPersistent(looks: readonly boolean[]): boolean {
  return looks.filter(Boolean).length >= persistentBad;
}
