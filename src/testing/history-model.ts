import type { Random } from '../backoff.ts';
import type { HistoryRecord, PlacedRecord } from '../history/record.ts';
import { ModelQueue } from './model-queue.ts';

/**
 * A made-up run of a queue that keeps every promise: several clients with calls that overlap, answers that get lost,
 * clients that die and come back, hubs that restart, slow consumers whose leases run out, delays, priorities, ordering
 * keys, redrives, context keys. The same seed makes the same history.
 */
export function makeHistory(random: Random, steps = 60): PlacedRecord[] {
  return new Run(random).run(steps);
}

interface ModelClient {
  readonly name: string;
  incarnation: number;
  calls: number;
  isBusy: boolean;
  /** What it holds, as it was told. */
  held: { id: string; gen: number }[];
  /** Sends to repeat under the same key: it does not know what became of them. */
  readonly doubtful: Facts[];
  readonly sent: string[];
}

type Facts = Partial<HistoryRecord>;
interface Task {
  readonly t: number;
  readonly order: number;
  readonly run: () => void;
}

const inboxes = ['ada', 'bob'];
const contextKeys = ['goal', 'plan'];

class Run {
  readonly #random: Random;
  readonly #queue: ModelQueue;
  readonly #records: PlacedRecord[] = [];
  readonly #lines = new Map<string, number>();
  readonly #tasks: Task[] = [];
  readonly #registers = new Map<string, { version: number; value?: string }>();
  readonly #clients: ModelClient[];
  #now = 0;
  #order = 0;
  #keys = 0;
  #values = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#queue = new ModelQueue(random);
    const names = ['c1', 'c2', 'c3', 'c4'].slice(0, 2 + this.#below(3));
    this.#clients = names.map((name) => ({
      name,
      incarnation: 0,
      calls: 0,
      isBusy: false,
      held: [],
      doubtful: [],
      sent: [],
    }));
  }

  run(steps: number): PlacedRecord[] {
    for (let step = 0; step < steps; step += 1) {
      const t = step * 40 + this.#random() * 60;
      this.#at(t, () => {
        const free = this.#clients.filter(({ isBusy }) => !isBusy);
        const client = free[this.#below(free.length)];
        if (client !== undefined) this.#act(client);
      });
    }
    this.#drainTasks();
    if (this.#random() < 0.5) this.#drainQueue();
    this.#finals();
    return this.#records;
  }

  #act(client: ModelClient): void {
    const dice = this.#random();
    if (dice < 0.05) return this.#fault();
    if (dice < 0.4) return this.#send(client);
    if (dice < 0.68) return this.#lease(client);
    if (dice < 0.86) return this.#settle(client);
    if (dice < 0.93) return this.#context(client);
    if (dice < 0.96) return this.#stats(client);
    this.#control(client);
  }

  /** A call: its invoke now, its effect and its answer later; either may be lost. */
  #call(
    client: ModelClient,
    facts: Facts,
    effect: () => { phase: 'ok' | 'fail'; answers: Facts[] },
    done: (phase: string, answers: Facts[]) => void,
  ): void {
    client.isBusy = true;
    client.calls += 1;
    const { calls: call, incarnation } = client;
    const { op = 'send' } = facts;
    const write = (more: Facts) => this.#write(client.name, incarnation, { op, call, ...more });
    this.#write(client.name, incarnation, { ...facts, phase: 'invoke', call });
    const fate = this.#random();
    const effectAt = this.#now + this.#random() * 30;
    let result: ReturnType<typeof effect> | undefined;
    // A request on its way may arrive after its client has died, or never.
    if (fate > 0.04) this.#at(effectAt, () => (result = effect()));
    this.#at(effectAt + this.#random() * 30, () => {
      client.isBusy = false;
      if (fate < 0.04 || fate > 0.96) {
        const dies = this.#random() < 0.5;
        if (dies) this.#die(client);
        else write({ phase: 'info', error: 'hub_unreachable' });
        done('info', []);
        return;
      }
      const { phase, answers } = result ?? { phase: 'fail', answers: [] };
      if (phase === 'fail') write({ phase, error: answers[0]?.error ?? 'lease_lost', ...answers[0] });
      else for (const answer of answers.length === 0 ? [{}] : answers) write({ phase, ...answer });
      done(phase, answers);
    });
  }

  #die(client: ModelClient): void {
    client.incarnation += 1;
    client.calls = 0;
    client.held = [];
  }

  #send(client: ModelClient): void {
    const again = this.#random() < 0.5 ? client.doubtful.pop() : undefined;
    const facts = again ?? this.#newSend();
    this.#call(
      client,
      facts,
      () => ({ phase: 'ok', answers: this.#queue.send(facts, this.#now).map((id) => ({ id, key: facts.key ?? '' })) }),
      (phase, answers) => {
        if (phase === 'info') client.doubtful.push(facts);
        for (const { id } of answers) if (id !== undefined) client.sent.push(id);
      },
    );
  }

  #newSend(): Facts {
    this.#keys += 1;
    const facts: Facts = { op: 'send', key: `k${this.#keys}`, hash: `hash-${this.#keys}`, max_attempts: 5 };
    const extra: Facts = {};
    if (this.#random() < 0.2) Object.assign(extra, { delay_ms: 10 + this.#below(200) });
    if (this.#random() < 0.1) Object.assign(extra, { ttl_ms: 100 + this.#below(400) });
    if (this.#random() < 0.2) Object.assign(extra, { ordering_key: `o${this.#below(2)}` });
    if (this.#random() < 0.8) Object.assign(extra, { authenticated: 'operator' });
    const isGroup = this.#random() < 0.06;
    const priority = ['urgent', 'high', 'normal', 'low'][this.#below(4)] ?? 'normal';
    return { ...facts, priority, ...extra, ...(isGroup ? {} : { inbox: inboxes[this.#below(2)] ?? 'ada' }) };
  }

  #lease(client: ModelClient): void {
    const inbox = inboxes[this.#below(2)] ?? 'ada';
    const leaseMs = [30, 80, 5_000][this.#below(3)] ?? 80;
    const invoked = this.#now;
    this.#call(
      client,
      { op: 'lease', inbox, lease_ms: leaseMs },
      () => {
        const messages = this.#queue.lease(inbox, 1 + this.#below(3), leaseMs, this.#now);
        const answers = messages.map((message) => ({ ...message, lease_until: invoked + leaseMs }));
        return { phase: 'ok', answers };
      },
      (_, answers) => {
        for (const { id, gen } of answers) if (id !== undefined && gen !== undefined) client.held.push({ id, gen });
      },
    );
  }

  #settle(client: ModelClient): void {
    const held = client.held[this.#below(client.held.length)];
    if (held === undefined) return;
    const { id, gen } = held;
    const dice = this.#random();
    const invoked = this.#now;
    if (dice < 0.15) {
      const leaseMs = 20 + this.#below(300);
      const run = () => this.#queue.extend(id, gen, leaseMs, this.#now);
      const answer = { id, gen, lease_until: invoked + leaseMs };
      return this.#call(
        client,
        { op: 'extend', id, gen, lease_ms: leaseMs },
        () => outcome(run(), [answer]),
        () => {},
      );
    }
    client.held = client.held.filter((other) => other !== held);
    if (dice < 0.65) {
      const run = () => this.#queue.ack(id, gen, this.#now);
      return this.#call(
        client,
        { op: 'ack', id, gen },
        () => outcome(run(), [{ id, gen }]),
        () => {},
      );
    }
    const delay = this.#random() < 0.5 ? 0 : 50;
    const isTerminal = this.#random() < 0.15;
    this.#call(
      client,
      { op: 'nack', id, gen, delay_ms: delay },
      () => {
        const state = this.#queue.nack(id, gen, isTerminal ? undefined : delay, this.#now);
        return outcome(state !== undefined, [{ id, gen, state: state ?? '' }]);
      },
      () => {},
    );
  }

  #control(client: ModelClient): void {
    const dice = this.#random();
    const id = client.sent[this.#below(client.sent.length)];
    const inbox = inboxes[this.#below(2)] ?? 'ada';
    if (dice < 0.5 && id !== undefined) {
      const run = () => this.#queue.cancel(id);
      return this.#call(
        client,
        { op: 'cancel', id },
        () => outcome(run(), [{ id }]),
        () => {},
      );
    }
    const op = dice < 0.8 ? 'redrive' : 'purge';
    const run = () => (op === 'redrive' ? this.#queue.redrive(inbox, this.#now) : this.#queue.purge(inbox));
    this.#call(
      client,
      { op, inbox },
      () => (run(), { phase: 'ok', answers: [] }),
      () => {},
    );
  }

  #stats(client: ModelClient): void {
    const inbox = this.#random() < 0.5 ? undefined : (inboxes[this.#below(2)] ?? 'ada');
    const facts: Facts = inbox === undefined ? { op: 'stats' } : { op: 'stats', inbox };
    const effect = () => ({ phase: 'ok' as const, answers: [{ ...facts, stats: this.#queue.stats(inbox) }] });
    this.#call(client, facts, effect, () => {});
  }

  #context(client: ModelClient): void {
    const key = contextKeys[this.#below(contextKeys.length)] ?? 'goal';
    const held = () => this.#registers.get(key) ?? { version: 0 };
    if (this.#random() < 0.4) {
      const read = () => ({ phase: 'ok' as const, answers: [{ key, ...held() }] });
      return this.#call(client, { op: 'context.get', key }, read, () => {});
    }
    this.#values += 1;
    const expected = this.#random() < 0.3 ? Math.max(0, held().version - 1) : held().version;
    const value = `v${this.#values}`;
    this.#call(
      client,
      { op: 'context.set', key, version: expected, value },
      () => {
        const { version } = held();
        if (version !== expected) return { phase: 'fail', answers: [{ error: 'version_conflict', version }] };
        this.#registers.set(key, { version: version + 1, value });
        return { phase: 'ok', answers: [{ key, version: version + 1 }] };
      },
      () => {},
    );
  }

  /** A hub that comes back grants every lease its full time again; a power cut may forget leases. */
  #fault(): void {
    const key = this.#random() < 0.5 ? 'hub-killed' : 'power-cut';
    this.#write('nemesis', 0, { op: 'fault', phase: 'ok', key });
    this.#queue.restart(this.#now, key === 'power-cut');
  }

  /** One client takes and acks until nothing is left. */
  #drainQueue(): void {
    for (let round = 0; round < 200 && this.#queue.hasOpen(); round += 1) {
      for (const client of this.#clients) {
        const inbox = inboxes[round % 2] ?? 'ada';
        const invoked = this.#now;
        const facts: Facts = { op: 'lease', inbox, lease_ms: 5_000 };
        const effect = () => ({
          phase: 'ok' as const,
          answers: this.#queue
            .lease(inbox, 10, 5_000, this.#now)
            .map((message) => ({ ...message, lease_until: invoked + 5_000 })),
        });
        this.#call(client, facts, effect, (_, answers) => {
          for (const { id, gen } of answers) if (id !== undefined && gen !== undefined) client.held.push({ id, gen });
        });
        this.#drainTasks();
        for (const { id, gen } of client.held.splice(0)) {
          this.#call(
            client,
            { op: 'ack', id, gen },
            () => outcome(this.#queue.ack(id, gen, this.#now), [{ id, gen }]),
            () => {},
          );
          this.#drainTasks();
        }
      }
      this.#now += 400;
    }
  }

  #finals(): void {
    const known = new Set(this.#records.flatMap(({ id }) => id ?? []));
    this.#now += 1;
    for (const id of known)
      this.#write('judge', 0, { op: 'final', phase: 'ok', id, ...this.#queue.final(id, this.#now) });
    this.#write('judge', 0, { op: 'stats', phase: 'ok', stats: this.#queue.stats(undefined) });
  }

  #write(proc: string, incarnation: number, facts: Facts): void {
    const file = `${proc}.${incarnation}.jsonl`;
    const line = (this.#lines.get(file) ?? 0) + 1;
    this.#lines.set(file, line);
    // Every caller names op and phase.
    const record = { t_mono: this.#now, proc, incarnation, ...defined(facts), file, line } as PlacedRecord;
    this.#records.push(record);
  }

  #at(t: number, run: () => void): void {
    this.#order += 1;
    this.#tasks.push({ t, order: this.#order, run });
  }

  #drainTasks(): void {
    while (this.#tasks.length > 0) {
      this.#tasks.sort((a, b) => b.t - a.t || b.order - a.order);
      const task = this.#tasks.pop();
      if (task === undefined) return;
      this.#now = Math.max(this.#now, task.t);
      task.run();
    }
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }
}

function outcome(isDone: boolean, answers: Facts[]): { phase: 'ok' | 'fail'; answers: Facts[] } {
  return isDone ? { phase: 'ok', answers } : { phase: 'fail', answers: [] };
}

function defined<T extends object>(facts: T): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Partial<T>; // same keys
}
