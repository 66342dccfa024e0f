import { type Clock, steadyTimeline } from '../clock.ts';
import { type Alert, fingerprintOf, isSilenced, type Silence } from './alert.ts';
import type { AlertRule } from './alert-rule.ts';
import type { AlertChange } from './alert-store.ts';
import { alertText, type Notice } from './alert-text.ts';
import { figureSpec, type Reading } from './figure.ts';
import { type Condition, judge } from './judge.ts';

/** What judging came to: to be kept and, with a notice, to be told. */
export interface BoardChange {
  readonly alert: Alert;
  readonly change: AlertChange;
  readonly notice?: Notice;
}

export interface AlertBoardOptions {
  readonly clock: Clock;
  readonly rules: readonly AlertRule[];
  /** Hexadecimal, never twice. */
  readonly newId: () => string;
}

interface Watched {
  readonly condition: Condition;
  /** From the moment it fires. */
  readonly alert?: Alert;
}

/** Rules, what they have seen of each subject, and the alerts that are open. In memory alone: it needs no store. */
export class AlertBoard {
  readonly rules: readonly AlertRule[];
  readonly #options: AlertBoardOptions;
  readonly #steady: () => number;
  readonly #watched = new Map<string, Watched>();

  constructor(options: AlertBoardOptions) {
    this.#options = options;
    this.rules = options.rules;
    this.#steady = steadyTimeline(options.clock);
  }

  /** Those not resolved, oldest first. */
  get open(): readonly Alert[] {
    return [...this.#watched.values()].flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
  }

  /** The most that a rule has found, of any subject. */
  stateOf(rule: string): 'quiet' | 'pending' | 'firing' {
    const own = [...this.#watched].filter(
      ([fingerprint]) => fingerprint === rule || fingerprint.startsWith(`${rule}:`),
    );
    const states = new Set(own.map(([, { condition }]) => condition.state));
    return states.has('firing') ? 'firing' : states.has('pending') ? 'pending' : 'quiet';
  }

  /** Takes over an alert that was open before this process; what it knew of that condition itself is forgotten. */
  adopt(alert: Alert): void {
    const { fingerprint, count } = alert;
    this.#watched.set(fingerprint, { condition: { state: 'firing', since: this.#steady(), count }, alert });
  }

  /** An open alert as somebody changed it; one that is resolved leaves, and its condition is watched anew. */
  put(alert: Alert): void {
    const watched = this.#watched.get(alert.fingerprint);
    if (watched?.alert?.id !== alert.id) return;
    if (alert.state === 'resolved') this.#watched.delete(alert.fingerprint);
    else this.#watched.set(alert.fingerprint, { ...watched, alert });
  }

  /** `isWhole`: every figure was looked at, so a subject that is not among the readings is not there. */
  judge(readings: readonly Reading[], isWhole: boolean, silences: readonly Silence[]): BoardChange[] {
    const byFigure = Map.groupBy(readings, ({ figure }) => figure);
    const changes = this.rules.flatMap((rule) => {
      const own = byFigure.get(rule.figure) ?? [];
      const absent = isWhole ? this.#absent(rule, own) : [];
      return [...own, ...absent].flatMap((reading) => this.#judge(rule, reading, silences));
    });
    return [...changes, ...this.#unsilenced(silences)];
  }

  /** Subjects that were watched and are well now, because they are not told any more. */
  #absent({ name, figure, clear }: AlertRule, told: readonly Reading[]): Reading[] {
    // One value without subject and number stands for all of them: nobody could look.
    const isUnknown = told.some(({ subject, value }) => subject === undefined && value === undefined);
    if (isUnknown || figureSpec(figure).absent !== 'well') return [];
    const subjects = new Set(told.map(({ subject }) => subject));
    return [...this.#watched.keys()]
      .filter((fingerprint) => fingerprint.startsWith(`${name}:`))
      .map((fingerprint) => fingerprint.slice(name.length + 1))
      .filter((subject) => !subjects.has(subject))
      .map((subject) => ({ figure, subject, value: clear }));
  }

  #judge(rule: AlertRule, reading: Reading, silences: readonly Silence[]): BoardChange[] {
    const fingerprint = fingerprintOf(rule.name, reading.subject);
    const before = this.#watched.get(fingerprint);
    const { condition, change } = judge(rule, before?.condition, reading.value, this.#steady());
    if (condition === undefined) {
      this.#watched.delete(fingerprint);
      return change === 'resolved' && before?.alert !== undefined ? [this.#over(before.alert, reading)] : [];
    }
    if (change === 'fired') {
      const alert = this.#newAlert(rule, reading, condition);
      this.#watched.set(fingerprint, { condition, alert });
      return [this.#tell(alert, 'fired', silences)];
    }
    const { count } = condition;
    const alert = before?.alert && { ...before.alert, count, value: reading.value ?? before.alert.value };
    this.#watched.set(fingerprint, alert === undefined ? { condition } : { condition, alert });
    return [];
  }

  #newAlert(rule: AlertRule, reading: Reading, { since, count }: Condition): Alert {
    const now = this.#options.clock.now();
    return {
      id: `alt_${this.#options.newId()}`,
      fingerprint: fingerprintOf(rule.name, reading.subject),
      rule: rule.name,
      figure: rule.figure,
      ...(reading.subject === undefined ? {} : { subject: reading.subject }),
      severity: rule.severity,
      state: 'firing',
      text: alertText(rule, reading),
      advice: figureSpec(rule.figure).advice,
      value: reading.value ?? rule.threshold,
      threshold: rule.threshold,
      count,
      since: now - (this.#steady() - since),
      firedAt: now,
    };
  }

  /** What a silence kept back, when it has ended and the alert has not. */
  #unsilenced(silences: readonly Silence[]): BoardChange[] {
    const now = this.#options.clock.now();
    return this.open
      .filter(
        (alert) => alert.state === 'firing' && alert.notifiedAt === undefined && !isSilenced(alert, silences, now),
      )
      .map((alert) => this.#tell(alert, 'notified', silences));
  }

  #tell(alert: Alert, change: AlertChange, silences: readonly Silence[]): BoardChange {
    const now = this.#options.clock.now();
    if (isSilenced(alert, silences, now)) return { alert, change };
    const told: Alert = { ...alert, notifiedAt: now };
    this.put(told);
    return { alert: told, change, notice: { change: 'fired', alert: told } };
  }

  #over(before: Alert, { value = before.value }: Reading): BoardChange {
    const alert: Alert = { ...before, value, state: 'resolved', resolvedAt: this.#options.clock.now() };
    // Who was not told that it began need not hear that it is over.
    const notice: Notice = { change: 'resolved', alert };
    return { alert, change: 'resolved', ...(before.notifiedAt === undefined ? {} : { notice }) };
  }
}
