import type { Mission, MissionState, ProgressChange, ProgressRecord, ProgressSource } from '../mission/mission.ts';

/** The shapes of the mission room's operations, as `Api` has those of all. */
export interface MissionApi {
  'mission.add': { input: MissionInput; output: WireMission; repeat: 'looked-up' };
  'mission.list': { input: { owner?: string }; output: { missions: readonly WireMission[] }; repeat: 'safe' };
  'mission.show': {
    input: { id: string; limit?: number };
    output: WireMission & { reports: readonly WireProgressRecord[] };
    repeat: 'safe';
  };
  'mission.progress': { input: ProgressInput; output: ProgressOutput; repeat: 'looked-up' };
  'mission.drop': { input: { id: string }; output: WireMission; repeat: 'safe' };
}

export interface MissionInput {
  readonly id: string;
  readonly owner: string;
  readonly title?: string;
  /** How many units there are, or their names in the order they are meant to be worked. */
  readonly units: number | readonly string[];
}

/** `state` follows from the rest; `next` are units still to be done, in order, as far as they have names. */
export type WireMission = Omit<Mission, 'createdAt' | 'updatedAt' | 'droppedAt'> & {
  readonly state: MissionState;
  readonly next: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly droppedAt?: string;
};

export type WireProgressRecord = Omit<ProgressRecord, 'at'> & { readonly at: string };

export interface ProgressInput {
  readonly agent: string;
  /** Default: the agent's open mission; an agent without one that reports numbers gets one of its own name. */
  readonly mission?: string;
  readonly done?: number;
  readonly of?: number;
  /** Names of units that are done now, besides those reported before. */
  readonly units?: readonly string[];
  /** Why it may be believed: a commit, a test run, a file. */
  readonly evidence?: string;
  /** It is known that this takes the mission back. */
  readonly back?: boolean;
  /** The ownership the reporter knows of: refused when the mission was handed on since. */
  readonly epoch?: number;
  readonly source?: ProgressSource;
}

export interface ProgressOutput {
  readonly mission: WireMission;
  readonly change: ProgressChange;
}
