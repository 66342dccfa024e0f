import type { Mission, ProgressRecord } from './mission.ts';

export type NewMission = Pick<Mission, 'id' | 'title' | 'owner' | 'done' | 'of' | 'units'>;
export type NewRecord = Omit<ProgressRecord, 'number' | 'at'>;

/**
 * What the mission room needs from a store. Decisions are the room's, taken inside one transaction; these calls keep what
 * was decided, and tell it as an event. Each is atomic; a typed error changed nothing.
 */
export interface MissionStore {
  /** `already_exists` when the id is taken, dropped missions included; `not_found` when the owner is not registered. */
  add(mission: NewMission): Promise<Mission>;
  get(id: string): Promise<Mission | undefined>;
  /** Those of an owner, or all; the latest changed first. */
  list(filter: { owner?: string }): Promise<Mission[]>;
  /** Numbers and units as decided, with the report they came from. Only the newest `keptReports` are kept. */
  progress(id: string, to: Pick<Mission, 'done' | 'of' | 'units'>, record: NewRecord): Promise<Mission>;
  /** Newest first. */
  reports(id: string, limit: number): Promise<ProgressRecord[]>;
  drop(id: string, by: string): Promise<Mission>;
  /** `version_conflict` unless the mission still is at this epoch; then it is the next owner's, at a later one. */
  transfer(id: string, epoch: number, to: string): Promise<Mission>;
}
