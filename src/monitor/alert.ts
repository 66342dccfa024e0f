/** Whether somebody should look today, or now. */
export const severities = ['warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/**
 * A condition that has lasted too long. Kept in the store from the moment it fires; what is only pending is not.
 *
 *   firing ─→ acknowledged ─→ resolved
 *      └──────────────────────→
 */
export const alertStates = ['firing', 'acknowledged', 'resolved'] as const;
export type AlertState = (typeof alertStates)[number];

export interface Alert {
  readonly id: string;
  /** What it is about: the rule, and its subject where it has one. At most one alert of a fingerprint is open. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly figure: string;
  /** The agent, file or destination it is about; none when it is about the hub as a whole. */
  readonly subject?: string;
  readonly severity: Severity;
  readonly state: AlertState;
  /** One sentence with the value it fired at. */
  readonly text: string;
  readonly advice: string;
  /** The latest value seen while it was open. */
  readonly value: number;
  readonly threshold: number;
  /** How often it was found true while it was open; what repeats is counted, not sent again. */
  readonly count: number;
  /** When the condition began. */
  readonly since: number;
  readonly firedAt: number;
  readonly acknowledgedAt?: number;
  readonly acknowledgedBy?: string;
  readonly resolvedAt?: number;
  /** `operator` and the like when somebody resolved it by hand. */
  readonly resolvedBy?: string;
  /** When the sinks were told; absent while a silence keeps it from them. */
  readonly notifiedAt?: number;
}

/** Keeps alerts from the sinks for a while; they fire and are kept all the same, and are sent when it ends. */
export interface Silence {
  readonly id: string;
  /** Alerts of this rule; absent: of any. */
  readonly rule?: string;
  /** Alerts about this subject; absent: any. */
  readonly subject?: string;
  readonly createdAt: number;
  readonly until: number;
  readonly by: string;
  readonly reason?: string;
}

export function fingerprintOf(rule: string, subject: string | undefined): string {
  return subject === undefined ? rule : `${rule}:${subject}`;
}

export function isSilenced(
  { rule, subject }: Pick<Alert, 'rule' | 'subject'>,
  silences: readonly Silence[],
  now: number,
) {
  return silences.some(
    (silence) =>
      silence.until > now &&
      (silence.rule === undefined || silence.rule === rule) &&
      (silence.subject === undefined || silence.subject === subject),
  );
}
