import { AgentIdentities } from '../agent/agent-identities.ts';
import { SignsOfLife } from '../agent/signs-of-life.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import { type AuditWitness, noWitness } from '../audit/log-witness.ts';
import { defaultBackoff, type Random } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { BriefSection } from '../context/brief-section.ts';
import { Delivery, type DeliveryPolicy, defaultDelivery } from '../delivery/delivery.ts';
import type { DeliveryDoor } from '../delivery/delivery-door.ts';
import { pullDoor } from '../delivery/doors/pull.ts';
import type { WaggleError } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import { randomHex } from '../ids.ts';
import { dueKeeper } from '../message/due-keeper.ts';
import { fullTextIndexer } from '../message/full-text-indexer.ts';
import type { MessageLimits } from '../message/limits.ts';
import { draining, MessageQueue } from '../message/message-queue.ts';
import { retention } from '../message/retention.ts';
import type { RetentionPolicy } from '../message/retention-policy.ts';
import { handOffKeeper } from '../mission/hand-off-keeper.ts';
import { HandOffs } from '../mission/hand-offs.ts';
import { Missions } from '../mission/missions.ts';
import { type AlertRule, builtInRules } from '../monitor/alert-rule.ts';
import { Monitor } from '../monitor/monitor.ts';
import { outboxSender } from '../outbox/outbox-sender.ts';
import type { Publisher } from '../outbox/publisher.ts';
import { defaultRestartLimits } from '../process/restart-policy.ts';
import { Supervisor, type SupervisorOptions } from '../process/supervisor.ts';
import { type RunningService, startService } from '../service.ts';
import type { Store } from '../store/store.ts';
import type { HubStatus, OperationName, OutputOf } from './api.ts';
import { foundationSections } from './brief-sections.ts';
import { type CallContext, callOperation, type OperationTable } from './operation.ts';
import { operationTable } from './operation-table.ts';
import type { StressLauncher } from './stress-launcher.ts';

export interface HubOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: MessageLimits;
  readonly retention: RetentionPolicy;
  readonly version: string;
  /** Where agents' tokens are put; without it none can be minted. */
  readonly agentFolder?: string;
  /** Agents who may write shared contexts, `*` for all; default none. */
  readonly sharedWriters?: readonly string[];
  /** How agents' programs are run; without it none can be. */
  readonly processes?: ProcessOptions;
  readonly random: Random;
  /** Who carries what the outbox holds. */
  readonly publishers: readonly Publisher[];
  /** Where the hashes of the audit log stand a second time. */
  readonly auditWitness?: AuditWitness;
  /** Ways to agents; default only their inbox. */
  readonly doors?: readonly DeliveryDoor[];
  /** Runs the stress lab for the page; default none. */
  readonly stress?: StressLauncher;
  readonly delivery?: DeliveryPolicy;
  /** How the swarm is watched; without it figures are taken when asked for, and nobody is alerted. */
  readonly monitor?: HubMonitorOptions;
  /** Hears of services that ended on their own: a defect worth a line in the log. */
  readonly onFailure: (error: unknown) => void;
}

export type ProcessOptions = Pick<SupervisorOptions, 'hosts' | 'agents' | 'environment' | 'limits' | 'random'>;

export interface HubMonitorOptions {
  readonly rules: readonly AlertRule[];
  readonly checkEveryMs: number;
  /** The log of the hub. */
  readonly log: (line: string) => void;
}

const unwatched: HubMonitorOptions = { rules: builtInRules, checkEveryMs: 0, log: () => {} };

/** Where a hub can be reached; filled in by whoever opened its doors. */
export interface HubAddress {
  readonly url: string;
  readonly socket: string;
  readonly dashboard: string;
  readonly file: string;
  /** Makes the code with which the dashboard is opened without a further step. */
  readonly newPageCode?: () => string;
}

const noProcesses: ProcessOptions = {
  hosts: [],
  agents: '',
  environment: {},
  limits: defaultRestartLimits,
  random: () => 0,
};

/**
 * The use cases over one store, and the loops that keep it moving. It knows no door and no engine: doors call
 * `call`, and whoever composed it hands in the store and takes care of its address.
 */
export class Hub {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: MessageLimits;
  readonly messages: MessageQueue;
  readonly delivery: Delivery;
  readonly missions: Missions;
  readonly handOffs: HandOffs;
  readonly identities: AgentIdentities;
  readonly sharedWriters: readonly string[];
  readonly signsOfLife: SignsOfLife;
  readonly audit: AuditTrail;
  readonly monitor: Monitor;
  /** Hears of what went wrong beside a call and is no caller's to mend. */
  readonly onFailure: (error: unknown) => void;
  readonly operations: OperationTable;
  readonly supervisor: Supervisor;
  readonly stress: StressLauncher | undefined;
  /** What goes into an agent's brief. */
  readonly briefSections: readonly BriefSection[];
  readonly #options: HubOptions;
  readonly #startedAt: number;
  readonly #services: readonly RunningService[];
  #address: HubAddress = { url: '', socket: '', dashboard: '', file: '' };
  readonly #stop = Promise.withResolvers<void>();
  #underWay = 0;
  #whenQuiet = () => {};
  readonly #oneIsDone = () => {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#whenQuiet();
  };
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: WaggleError | undefined;
  #lastCallAt: number;

  constructor(options: HubOptions) {
    this.#options = options;
    this.store = options.store;
    this.clock = options.clock;
    this.limits = options.limits;
    this.delivery = new Delivery({
      store: options.store,
      clock: options.clock,
      random: options.random,
      backoff: defaultBackoff,
      policy: options.delivery ?? defaultDelivery,
      doors: options.doors ?? [pullDoor],
    });
    this.messages = new MessageQueue(options.store, options.limits, options.clock, (request) =>
      this.delivery.pass(request),
    );
    this.missions = new Missions(options.store);
    this.identities = new AgentIdentities({
      store: options.store,
      clock: options.clock,
      folder: options.agentFolder,
    });
    this.sharedWriters = options.sharedWriters ?? [];
    this.onFailure = options.onFailure;
    this.signsOfLife = new SignsOfLife({
      clock: options.clock,
      write: (agent) => this.store.agents.touch(agent),
      onFailure: options.onFailure,
    });
    this.audit = new AuditTrail({
      store: options.store,
      clock: options.clock,
      witness: options.auditWitness ?? noWitness,
      onFailure: options.onFailure,
    });
    this.operations = operationTable(options.limits);
    this.stress = options.stress;
    this.briefSections = foundationSections(options.store);
    this.handOffs = new HandOffs({
      store: options.store,
      limits: options.limits,
      sections: this.briefSections.filter(({ isPersonal }) => isPersonal !== true),
      boundary: () => randomHex(6),
    });
    this.supervisor = new Supervisor({
      ...(options.processes ?? noProcesses),
      store: options.store.processes,
      clock: options.clock,
      newNonce: () => randomHex(16),
      onFailure: options.onFailure,
    });
    this.supervisor.environmentProviders.push(({ agent }) => this.identities.environmentOf(agent));
    this.#startedAt = options.clock.now();
    this.monitor = new Monitor({
      ...(options.monitor ?? unwatched),
      store: options.store,
      clock: options.clock,
      publishers: options.publishers,
      newId: () => randomHex(8),
      process: () => ({
        version: options.version,
        startedAt: this.#startedAt,
        process: processUse(),
      }),
    });
    this.#lastCallAt = options.clock.monotonic();
    this.#services = [
      dueKeeper(this.store, this.clock),
      fullTextIndexer(this.store, this.clock),
      retention(this.store, this.clock, options.retention),
      handOffKeeper(this.handOffs, this.clock),
      ...(options.processes === undefined ? [] : [this.supervisor.service()]),
      ...this.delivery.services(),
      ...(options.monitor === undefined ? [] : this.monitor.services()),
      outboxSender({
        store: this.store,
        clock: this.clock,
        random: options.random,
        backoff: defaultBackoff,
        publishers: options.publishers,
      }),
    ].map((service) => startService(service, options.onFailure));
  }

  /** The one way in: validates, runs, rejects with a WaggleError. */
  call<N extends OperationName>(name: N, input: unknown, context: CallContext): Promise<OutputOf<N>> {
    if (this.#draining !== undefined) return Promise.reject(this.#failure ?? draining());
    this.#lastCallAt = this.clock.monotonic();
    const answer = callOperation(this.operations, this, name, input, context);
    this.#underWay += 1;
    answer.then(this.#oneIsDone, this.#oneIsDone);
    return answer;
  }

  /** Resolves when somebody asked the hub to stop; whoever composed it closes it then. */
  get stopRequested(): Promise<void> {
    return this.#stop.promise;
  }

  /** Milliseconds since anybody asked for anything. */
  idleMs(): number {
    return this.clock.monotonic() - this.#lastCallAt;
  }

  setAddress(address: HubAddress): void {
    this.#address = address;
  }

  /** Where the page is; each call makes a code of its own, and whoever has it can become the operator. */
  dashboardAddress(): string {
    const { dashboard, newPageCode } = this.#address;
    return newPageCode === undefined ? dashboard : `${dashboard}#code=${newPageCode()}`;
  }

  async status(): Promise<HubStatus> {
    const { url, socket, dashboard, file } = this.#address;
    const health = this.store.health();
    const isOpen = health.state === 'open';
    const agents = isOpen ? (await this.store.agents.list()).length : 0;
    const lastEvent = isOpen ? await this.store.events.last() : 0;
    return {
      pid: process.pid,
      url,
      socket,
      dashboard,
      version: this.#options.version,
      startedAt: new Date(this.#startedAt).toISOString(),
      agents,
      store: { ...health, file },
      lastEvent,
    };
  }

  /** On its way out: it takes nothing new. */
  get isDraining(): boolean {
    return this.#draining !== undefined;
  }

  requestStop(): void {
    this.#stop.resolve();
  }

  /** Answers every call with this error from now on: the hub is on its way out because of it. */
  fail(failure: WaggleError): void {
    this.#failure ??= failure;
  }

  /** Takes nothing new, lets waiting consumers go and finishes what is under way; the store stays open. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  /** Drains, then closes the store and with it gives up the right to write. Calling it twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.drain().then(() => this.store.close());
    return this.#closing;
  }

  async #drain(): Promise<void> {
    failpoint('hub.close.before');
    this.messages.drain();
    await this.stress?.stop();
    for (const service of this.#services) await service.stop();
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#whenQuiet = resolve));
    await this.audit.flush();
    failpoint('hub.drained');
  }
}

function processUse() {
  const { user, system } = process.cpuUsage();
  return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}
