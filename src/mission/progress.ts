import { invalidInput, WaggleError } from '../errors.ts';
import { compareShares, type Mission, type ProgressChange, type WorkUnit } from './mission.ts';

/** What is said to be done: numbers, names of units, or both. */
export interface Progress {
  readonly done?: number;
  readonly of?: number;
  readonly units?: readonly string[];
  /** It is known that this takes the mission back; without it a smaller share is refused. */
  readonly back?: boolean;
}

export interface Judged {
  readonly done: number;
  readonly of: number;
  readonly units: readonly WorkUnit[];
  readonly change: Exclude<ProgressChange, 'evidence'>;
}

/**
 * Where a report takes a mission. Numbers say how many are done, names say which; a name never lowers a number. Errors:
 * `invalid_input` for more done than there are, a name nobody declared, or fewer units than are named;
 * `illegal_transition` for a smaller share without `back`.
 */
export function judgeProgress(mission: Mission, progress: Progress): Judged {
  const of = progress.of ?? mission.of;
  if (of < mission.units.length) {
    throw invalidInput('of', of, `must be at least ${mission.units.length}, the units mission ${mission.id} names`);
  }
  const marked = markedUnits(mission, progress.units ?? []);
  const named = marked.filter((unit) => unit.done).length;
  const done = progress.done ?? Math.max(mission.done, named);
  if (done > of) throw invalidInput('done', done, `must be at most ${of}, the units there are`);

  const share = compareShares({ done, of }, mission);
  if (share < 0 && progress.back !== true) throw wouldGoBack(mission, done, of);
  // Fewer are done than were named: which of them fell is not known, so none is vouched for any longer.
  const units =
    done >= named ? marked : marked.map(({ name }) => ({ name, done: (progress.units ?? []).includes(name) }));
  const stillNamed = units.filter((unit) => unit.done).length;
  if (stillNamed > done) throw invalidInput('done', done, `must be at least ${stillNamed}, the units named as done`);
  const same = done === mission.done && of === mission.of && sameUnits(units, mission.units);
  return { done, of, units, change: same ? 'none' : share < 0 ? 'back' : share > 0 ? 'forward' : 'scope' };
}

function markedUnits({ id, units }: Mission, names: readonly string[]): readonly WorkUnit[] {
  for (const name of names) {
    if (!units.some((unit) => unit.name === name)) throw invalidInput('units', name, `is not a unit of mission ${id}`);
  }
  return names.length === 0
    ? units
    : units.map((unit) => (names.includes(unit.name) ? { name: unit.name, done: true } : unit));
}

function sameUnits(a: readonly WorkUnit[], b: readonly WorkUnit[]): boolean {
  return a.every((unit, index) => unit.done === b[index]?.done);
}

function wouldGoBack({ id, done: before, of: ofBefore }: Mission, done: number, of: number): WaggleError {
  return new WaggleError(
    'illegal_transition',
    `mission ${id} is at ${before} of ${ofBefore}; ${done} of ${of} would take it back and was not recorded. Read it again, or say that it goes back (back: true, --back)`,
    { details: { mission: id, done, of, current: { done: before, of: ofBefore } } },
  );
}
