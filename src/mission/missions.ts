import { invalidInput, WaggleError } from '../errors.ts';
import type { Store, Tx } from '../store/store.ts';
import { type Mission, type ProgressChange, type ProgressSource, stateOf } from './mission.ts';
import type { NewMission } from './mission-store.ts';
import { judgeProgress, type Progress } from './progress.ts';

export interface ProgressReport extends Progress {
  /** Whose work it is; must be the owner. */
  readonly agent: string;
  /** Default: the agent's open mission, or its latest one. */
  readonly mission?: string;
  /** The ownership the reporter knows of. */
  readonly epoch?: number;
  readonly source: ProgressSource;
  readonly evidence?: string;
  readonly via?: string;
}

export interface ProgressReceipt {
  readonly mission: Mission;
  readonly change: ProgressChange;
}

/** The use cases of the mission room, each one transaction. */
export class Missions {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  add(mission: NewMission): Promise<Mission> {
    return this.#store.missions.add(mission);
  }

  async get(id: string): Promise<Mission> {
    return found(id, await this.#store.missions.get(id));
  }

  /**
   * Records progress. The same report again changes nothing. `not_found` for an unknown mission or agent,
   * `version_conflict` when the mission is somebody else's by now, `illegal_transition` for a dropped mission, and what
   * `judgeProgress` refuses.
   */
  report(report: ProgressReport): Promise<ProgressReceipt> {
    return this.#store.transaction(async (tx) => {
      if ((await tx.agents.get(report.agent)) === undefined) throw unknownAgent(report.agent);
      const mission = await this.#missionOf(tx, report);
      requireOwner(mission, report);
      if (stateOf(mission) === 'dropped') throw dropped(mission);
      const { change, ...to } = judgeProgress(mission, report);
      const isNews = change !== 'none' || (await this.#isNewEvidence(tx, mission.id, report.evidence));
      if (!isNews) return { mission, change: 'none' as const };
      const told = change === 'none' ? ('evidence' as const) : change;
      const recorded = await tx.missions.progress(mission.id, to, {
        by: report.agent,
        ...(report.via === undefined ? {} : { via: report.via }),
        source: report.source,
        done: to.done,
        of: to.of,
        change: told,
        ...(report.evidence === undefined ? {} : { evidence: report.evidence }),
      });
      return { mission: recorded, change: told };
    });
  }

  /** Dropping a dropped mission answers the same. */
  drop(id: string, by: string): Promise<Mission> {
    return this.#store.transaction(async (tx) => {
      const mission = found(id, await tx.missions.get(id));
      return stateOf(mission) === 'dropped' ? mission : tx.missions.drop(id, by);
    });
  }

  /** The mission a report means. An agent that has none and only counts is given one under its own name. */
  async #missionOf(tx: Tx, { agent, mission, done, of }: ProgressReport): Promise<Mission> {
    if (mission !== undefined) return found(mission, await tx.missions.get(mission));
    const owned = (await tx.missions.list({ owner: agent })).filter((one) => stateOf(one) !== 'dropped');
    const open = owned.filter((one) => stateOf(one) === 'open');
    if (open.length > 1) {
      const ids = open.map(({ id }) => id);
      throw invalidInput('mission', undefined, `must be named, because ${agent} works on ${ids.join(', ')}`);
    }
    // One of its own name that is another's by now: it was handed off, and the reporter is told so.
    const only = open[0] ?? owned[0] ?? (await tx.missions.get(agent));
    if (only !== undefined) return only;
    if (done === undefined || of === undefined) {
      throw new WaggleError(
        'not_found',
        `agent ${agent} has no mission; report with done and of, or add a mission first`,
        {
          details: { field: 'mission', agent },
        },
      );
    }
    if (done > of) throw invalidInput('done', done, `must be at most ${of}, the units there are`);
    return tx.missions.add({ id: agent, owner: agent, done: 0, of, units: [] });
  }

  async #isNewEvidence(tx: Tx, id: string, evidence: string | undefined): Promise<boolean> {
    if (evidence === undefined) return false;
    const [latest] = await tx.missions.reports(id, 1);
    return latest?.evidence !== evidence;
  }
}

function requireOwner({ id, owner, epoch }: Mission, report: ProgressReport): void {
  if (owner === report.agent && (report.epoch === undefined || report.epoch === epoch)) return;
  throw new WaggleError(
    'version_conflict',
    `mission ${id} belongs to ${owner} now (epoch ${epoch}); what ${report.agent} reported was not recorded`,
    { details: { mission: id, owner, epoch, ...(report.epoch === undefined ? {} : { reported: report.epoch }) } },
  );
}

function found(id: string, mission: Mission | undefined): Mission {
  if (mission !== undefined) return mission;
  throw new WaggleError('not_found', `mission ${id} does not exist; waggle mission list shows which do`, {
    details: { field: 'mission', value: id },
  });
}

function unknownAgent(agent: string): WaggleError {
  return new WaggleError('not_found', `agent ${agent} is not registered; waggle agent list shows who is`, {
    details: { field: 'agent', value: agent },
  });
}

function dropped({ id }: Mission): WaggleError {
  return new WaggleError('illegal_transition', `mission ${id} was dropped; nothing more is recorded of it`, {
    details: { mission: id, state: 'dropped' },
  });
}
