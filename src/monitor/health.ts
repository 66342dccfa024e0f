import type { Alert } from './alert.ts';
import { type AlertRule, isBeyond } from './alert-rule.ts';
import { type FigureName, figureNames, figureSpec, formatValue } from './figure.ts';
import type { Snapshot } from './snapshot.ts';

/** `unknown`: it could not be told, which is neither good nor bad. */
export type HealthState = 'good' | 'warn' | 'bad' | 'unknown';

export interface FigureHealth {
  readonly name: FigureName;
  readonly title: string;
  readonly unit: string;
  readonly state: HealthState;
  /** The worst of its subjects; null when it could not be told, or too little has happened to tell. */
  readonly value: number | null;
  /** The value and the limit as people read them. */
  readonly shown: string;
  readonly limit: string;
  /** Whose value it is, and what was found. */
  readonly subject?: string;
  readonly detail?: string;
  /** What to do; only where it is not good. */
  readonly advice?: string;
}

export interface HealthReport {
  /** Nothing is bad and the store serves. */
  readonly ok: boolean;
  readonly state: Exclude<HealthState, 'unknown'>;
  readonly figures: readonly FigureHealth[];
}

/** One table of all figures, judged now by the rules: a rule's patience is for alerts, not for who looks. Pure. */
export function healthOf(
  snapshot: Pick<Snapshot, 'readings'>,
  rules: readonly AlertRule[],
  open: readonly Alert[],
): HealthReport {
  const rows = figureNames.map((name) => figureHealth(name, snapshot, rules, open));
  const isBad = rows.some(({ state }) => state === 'bad');
  const isWarning = rows.some(({ state }) => state === 'warn');
  return { ok: !isBad, state: isBad ? 'bad' : isWarning ? 'warn' : 'good', figures: rows };
}

function figureHealth(
  name: FigureName,
  { readings }: Pick<Snapshot, 'readings'>,
  rules: readonly AlertRule[],
  open: readonly Alert[],
): FigureHealth {
  const { title, unit, advice, each } = figureSpec(name);
  const own = rules.filter(({ figure }) => figure === name);
  const told = readings.filter(({ figure }) => figure === name);
  const isBelow = own[0]?.when === 'below';
  const worst = told.reduce<(typeof told)[number] | undefined>((before, next) => {
    if (next.value === undefined) return before;
    if (before?.value === undefined) return next;
    return (isBelow ? next.value < before.value : next.value > before.value) ? next : before;
  }, undefined);
  // Without a subject there is nobody of whom anything bad could be told.
  const value = worst?.value ?? (each !== undefined && told.length === 0 ? 0 : undefined);
  const detail = worst?.detail ?? told[0]?.detail;
  const firing = open.filter(({ figure }) => figure === name);
  const state = stateOf(own, value, firing);
  return {
    name,
    title,
    unit,
    state,
    value: value ?? null,
    shown: value === undefined ? 'not known' : formatValue(unit, value),
    limit: own.map(({ when, threshold }) => `${when} ${formatValue(unit, threshold)}`).join(', '),
    ...(worst?.subject === undefined ? {} : { subject: worst.subject }),
    ...(detail === undefined ? {} : { detail }),
    ...(state === 'warn' || state === 'bad' ? { advice } : {}),
  };
}

/** An alert that is open counts although its figure is between its limits just now. */
function stateOf(rules: readonly AlertRule[], value: number | undefined, firing: readonly Alert[]): HealthState {
  const beyond = value === undefined ? [] : rules.filter((rule) => isBeyond(rule, value));
  const severities = [...beyond, ...firing].map(({ severity }) => severity);
  if (severities.includes('critical')) return 'bad';
  if (severities.includes('warning')) return 'warn';
  return value === undefined ? 'unknown' : 'good';
}
