/**
 * Every state change is one of these, readable in commit order by its sequence. Dashboards, metrics, alerts and
 * liveness read events and nothing else; a reader that was away resumes after the last sequence it saw.
 */
export type EventType =
  | 'message.accepted'
  | 'message.leased'
  | 'message.ready'
  | 'message.acked'
  | 'message.nacked'
  | 'message.rescued'
  | 'message.dead'
  | 'message.expired'
  | 'message.cancelled'
  | 'message.redriven'
  | 'message.released'
  | 'message.purged'
  | 'message.pruned'
  | 'message.moved'
  | 'message.overdue'
  | 'agent.added'
  | 'agent.removed'
  | 'agent.client-noted'
  | 'agent.reported'
  | 'agent.token-minted'
  | 'agent.token-revoked'
  | 'agent.starting'
  | 'agent.started'
  | 'agent.stopping'
  | 'agent.exited'
  | 'agent.restart_cancelled'
  | 'context.changed'
  | 'mission.added'
  | 'mission.progressed'
  | 'mission.dropped'
  | 'mission.transferred'
  | 'outbox.destination'
  | 'outbox.queued'
  | 'outbox.sent'
  | 'outbox.failed'
  | 'outbox.dead'
  | 'outbox.redriven'
  | 'delivery.injected'
  | 'delivery.seen'
  | 'delivery.refused'
  | 'delivery.uncertain'
  | 'delivery.released'
  | 'delivery.door'
  | 'delivery.loop'
  | 'handoff.offered'
  | 'handoff.accepted'
  | 'handoff.declined'
  | 'handoff.withdrawn'
  | 'handoff.expired'
  | 'alert.fired'
  | 'alert.acknowledged'
  | 'alert.resolved'
  | 'alert.silenced'
  | 'alert.unsilenced'
  | 'recovery.imported'
  | 'store.restored'
  | 'events.pruned';

export interface WaggleEvent {
  /** Change sequence: rising, never reused, not gapless. What `Last-Event-ID` carries. */
  readonly seq: number;
  readonly type: EventType;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly messageId?: string;
  readonly inbox?: string;
  readonly agent?: string;
  /** Facts of this one change: `gen`, `attempt`, `reason`, `state`, counts. */
  readonly data: Readonly<Record<string, unknown>>;
}
