import type { Agent, AgentState } from '../agent/agent.ts';
import { type Clock, steadyTimeline } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { RecentCounts } from './rates.ts';
import { readingsOf } from './readings.ts';
import { reasonOf } from './reason.ts';
import type { IntegrityState, Snapshot, Totals } from './snapshot.ts';
import { type Observation, type SourceRecord, SourceRecords } from './source-records.ts';
import type { CommitTimes, QueueFigures, StoreSizes, Unread } from './store-watch.ts';

export type WatchedStore = Pick<Store, 'agents' | 'events' | 'watch' | 'health'>;

/** Rates people watch, and shares that alerts are made of. */
const rateWindowMs = 30_000;
const shareWindowMs = 10 * 60_000;
const hourMs = 3_600_000;
/** Inboxes asked about at once: more would hold the hub's thread for too long. */
const inboxesAtOnce = 50;

const busy: ReadonlySet<AgentState> = new Set([
  'starting',
  'working',
  'completing',
  'blocked',
  'out_of_gas',
  'stalled',
]);

const noTotals: Totals = {
  accepted: 0,
  acked: 0,
  retried: 0,
  dead: 0,
  redriven: 0,
  expired: 0,
  imported: 0,
  outboxSent: 0,
  outboxDead: 0,
  events: {},
};

/**
 * Takes the figures. Everything is read from what the store, its ledger and its events count anyway, at the moment of
 * the look: nothing on a message's way knows that it is watched. Each part that cannot be read is a trouble that is
 * told, and leaves the others as they are.
 */
export class Observer {
  readonly #store: WatchedStore;
  readonly #clock: Clock;
  readonly #steady: () => number;
  readonly sources = new SourceRecords();
  readonly #recent = {
    rates: new RecentCounts(rateWindowMs),
    shares: new RecentCounts(shareWindowMs),
    hour: new RecentCounts(hourMs),
  };
  readonly #startedAt: number;
  #seq: number | undefined;
  #accepted: number | undefined;
  #totals = noTotals;
  #commitsBefore: CommitTimes | undefined;
  readonly #commitCounts: { readonly at: number; readonly counts: readonly number[] }[] = [];
  #integrity: IntegrityState & { readonly steadyAt?: number } = { checks: 0, problems: [], found: 0 };
  #under: Promise<Snapshot> | undefined;

  constructor(store: WatchedStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#steady = steadyTimeline(clock);
    this.#startedAt = this.#steady();
  }

  /** One look; whoever asks during one gets the same. */
  look(): Promise<Snapshot> {
    this.#under ??= this.#look().finally(() => (this.#under = undefined));
    return this.#under;
  }

  observe(found: Observation): SourceRecord {
    return this.sources.note(found, this.#steady(), this.#clock.now());
  }

  /** What an integrity check found; the store is a source like any other. */
  checked(problems: readonly string[], busyMs: number): void {
    const { checks, found } = this.#integrity;
    this.#integrity = {
      checks: checks + 1,
      lastAt: this.#clock.now(),
      lastBusyMs: busyMs,
      problems,
      found: found + problems.length,
      steadyAt: this.#steady(),
    };
    const [problem] = problems;
    this.observe({
      source: 'store',
      state: problem === undefined ? 'intact' : 'damaged',
      errors: problems.length,
      ...(problem === undefined ? {} : { problem }),
    });
  }

  async #look(): Promise<Snapshot> {
    const troubles: string[] = [];
    const attempt = async <T>(what: string, look: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await look();
      } catch (error) {
        troubles.push(`${what}: ${reasonOf(error)}`);
        return undefined;
      }
    };
    const { watch } = this.#store;
    const file = await watch.examine();
    const sizes = (await attempt('sizes', () => watch.sizes())) ?? ({} satisfies StoreSizes);
    // A store that is out of service is told as that; asking it would only add troubles.
    const isOpen = this.#store.health().state === 'open';
    const figures = isOpen ? await attempt('queue', () => this.#figures()) : undefined;
    const unread = isOpen ? await attempt('agents', () => this.#idleUnread()) : undefined;
    const now = this.#steady();
    if (figures !== undefined) this.#count(figures, now);
    const commits = watch.commitTimes();
    const commitCounts = this.#recentCommits(commits, now);
    const { steadyAt, ...integrity } = this.#integrity;
    const health = this.#store.health();
    const base = {
      at: this.#clock.now(),
      health,
      file,
      sizes,
      commits,
      totals: this.#totals,
      rates: this.#rates(now),
      sources: this.sources.list(now),
      integrity,
      troubles,
    };
    const readings = readingsOf({
      ...base,
      figures,
      unread,
      commitCounts,
      shares: this.#recent.shares,
      hour: this.#recent.hour,
      integrityAgeMs: now - (steadyAt ?? this.#startedAt),
    });
    return { ...base, ...readings };
  }

  async #figures(): Promise<QueueFigures> {
    this.#seq ??= await this.#store.events.last();
    return this.#store.watch.figures(this.#seq);
  }

  /** Agents that are there and do nothing, although they have mail: by agent, how long the oldest has lain. */
  async #idleUnread(): Promise<ReadonlyMap<string, number>> {
    const idle = (await this.#store.agents.list()).filter(isIdle).map(({ id }) => id);
    const found = new Map<string, number>();
    for (let from = 0; from < idle.length; from += inboxesAtOnce) {
      const part: ReadonlyMap<string, Unread> = await this.#store.watch.unread(idle.slice(from, from + inboxesAtOnce));
      for (const [agent, { oldestMs, leased }] of part) if (leased === 0) found.set(agent, oldestMs);
    }
    return found;
  }

  #count(figures: QueueFigures, now: number): void {
    const { stats, seq, eventsSince: told, ackedSince, importedSince } = figures;
    const of = (...types: string[]) => types.reduce((sum, type) => sum + (told[type] ?? 0), 0);
    const accepted = stats.accepted - (this.#accepted ?? stats.accepted);
    const step = {
      accepted,
      acked: ackedSince,
      retried: of('message.nacked', 'message.rescued'),
      dead: of('message.dead'),
      redriven: of('message.redriven'),
      expired: of('message.expired'),
      imported: importedSince,
      outboxSent: of('outbox.sent'),
      outboxDead: of('outbox.dead'),
    };
    this.#seq = seq;
    this.#accepted = stats.accepted;
    const events = { ...this.#totals.events };
    for (const [type, count] of Object.entries(told)) events[type] = (events[type] ?? 0) + count;
    const sums = Object.entries(step).map(([name, count]) => [name, this.#totals[name as keyof typeof step] + count]); // its own keys
    this.#totals = { ...(Object.fromEntries(sums) as typeof step), events }; // the same keys
    for (const recent of Object.values(this.#recent)) recent.add(now, step);
  }

  #rates(now: number): Snapshot['rates'] {
    const seconds = Math.max(1, Math.min(rateWindowMs, now - this.#startedAt) / 1_000);
    const per = (name: string) => this.#recent.rates.sum(name) / seconds;
    return { accepted: per('accepted'), acked: per('acked'), retried: per('retried'), dead: per('dead') };
  }

  /** Commits of the last minute by bound: the difference of the totals now and then. */
  #recentCommits(commits: CommitTimes, now: number): readonly number[] {
    const before = this.#commitsBefore?.counts ?? [];
    this.#commitsBefore = commits;
    this.#commitCounts.push({ at: now, counts: commits.counts.map((count, index) => count - (before[index] ?? 0)) });
    while ((this.#commitCounts[0]?.at ?? now) <= now - 60_000) this.#commitCounts.shift();
    return commits.counts.map((_, index) =>
      this.#commitCounts.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
    );
  }
}

/**
 * Idle is one that says so, or that says nothing but has been heard of. One that said it is offline is not expected to
 * read, and one that nobody ever heard of is not there yet.
 */
export function isIdle({ state, stateAt, lastSeenAt }: Pick<Agent, 'state' | 'stateAt' | 'lastSeenAt'>): boolean {
  if (busy.has(state)) return false;
  return state === 'offline' ? stateAt === undefined && lastSeenAt !== undefined : true;
}
