/**
 * When something was recorded, and where. Only records of one file have an order beyond their instants: a file has one
 * writer, so its lines stand in the order of what happened.
 */
export interface Moment {
  readonly t: number;
  readonly file: number;
  /** Line in its file, from 1. */
  readonly line: number;
}

/** A call whose invoke nobody recorded may have begun at any time. */
export const unknownMoment: Moment = { t: Number.NEGATIVE_INFINITY, file: -1, line: 0 };

/** Whether `a` was over before `b` began, beyond doubt. */
export function isBefore(a: Moment, b: Moment): boolean {
  return a.t < b.t || (a.t === b.t && a.file === b.file && a.line < b.line);
}
