import type { AlertState, Severity, Silence } from '../monitor/alert.ts';
import type { AlertRule } from '../monitor/alert-rule.ts';
import type { WireAlert } from '../monitor/alert-text.ts';
import type { FigureHealth, HealthReport } from '../monitor/health.ts';
import type { SeriesPoint } from '../monitor/series.ts';
import type { SourceRecord } from '../monitor/source-records.ts';
import type { HubStatus } from './api.ts';

/** The operations on how the swarm is; a part of `Api`. */
export interface MonitorApi {
  'health.report': { input: Record<never, never>; output: WireHealth; repeat: 'safe' };
  'health.observe': { input: ObservationInput; output: WireSource; repeat: 'safe' };
  'monitor.series': {
    input: { after?: string };
    output: { everyMs: number; points: readonly WireSeriesPoint[] };
    repeat: 'safe';
  };
  'monitor.metrics': { input: Record<never, never>; output: { contentType: string; text: string }; repeat: 'safe' };
  'alerts.list': {
    input: { state?: AlertState; limit?: number; after?: string };
    output: { alerts: readonly WireAlert[]; silences: readonly WireSilence[]; next?: string };
    repeat: 'safe';
  };
  'alerts.ack': { input: { id: string }; output: WireAlert; repeat: 'safe' };
  'alerts.resolve': { input: { id: string }; output: WireAlert; repeat: 'safe' };
  'alerts.silence': { input: SilenceInput; output: WireSilence; repeat: 'safe' };
  'alerts.unsilence': { input: { id: string }; output: { ended: number }; repeat: 'recounted' };
  'alerts.rules': { input: Record<never, never>; output: { rules: readonly WireRule[] }; repeat: 'safe' };
}

export type WireSource = Omit<SourceRecord, 'at'> & { readonly at: string };
export type WireSilence = Omit<Silence, 'createdAt' | 'until'> & {
  readonly createdAt: string;
  readonly untilAt: string;
};
export type WireSeriesPoint = Omit<SeriesPoint, 'at'> & { readonly at: string };
/** A rule with what it has found: nothing, a condition that has not lasted yet, or an alert. */
export type WireRule = AlertRule & {
  readonly title: string;
  readonly unit: string;
  readonly now: 'quiet' | 'pending' | 'firing';
};

export interface WireHealth extends HealthReport {
  readonly at: string;
  readonly figures: readonly FigureHealth[];
  readonly store: Omit<HubStatus['store'], 'file'>;
  /** Parse errors and recovery attempts, by source. */
  readonly sources: readonly WireSource[];
  readonly integrity: {
    readonly checks: number;
    readonly lastAt?: string;
    readonly lastBusyMs?: number;
    readonly problems: readonly string[];
    /** Findings of all checks of this hub. */
    readonly found: number;
  };
  readonly alerts: {
    readonly firing: number;
    readonly acknowledged: number;
    readonly silences: number;
    readonly worst?: Severity;
  };
  /** Why some figures could not be taken. */
  readonly troubles: readonly string[];
}

/** How a file was when somebody looked; what `waggle doctor --watch` and `waggle recover` tell the hub. */
export interface ObservationInput {
  readonly source: string;
  readonly state: 'intact' | 'damaged' | 'missing' | 'unreadable';
  /** ISO 8601: the same look told twice is counted once. */
  readonly at: string;
  readonly errors?: number;
  readonly recovered?: number;
  readonly lostBytes?: number;
  readonly problem?: string;
}

export interface SilenceInput {
  readonly rule?: string;
  readonly subject?: string;
  /** Needed to silence every alert there is. */
  readonly all?: boolean;
  readonly forMs: number;
  readonly reason?: string;
}
