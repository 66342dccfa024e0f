/** Every named point, so that a fault test can stop a hub at each and prove that it reached it. */
export const failpointNames = [
  'backup.copied',
  'backup.copying',
  'backup.published',
  'backup.synced',
  'backup.verified',
  'file.draft.synced',
  'file.renamed',
  'hub.announced',
  'hub.close.before',
  'hub.closed',
  'hub.drained',
  'hub.listening',
  'hub.marker.before',
  'hub.marker.written',
  'hub.store.opened',
  'hub.token.written',
  'process.claimed',
  'process.end.recorded',
  'process.exited',
  'process.recorded',
  'process.spawned',
  'recovery.import.entry',
  'recovery.quarantine.renamed',
  'recovery.quarantine.synced',
  'recovery.quarantine.written',
  'restore.aside.linked',
  'restore.copied',
  'restore.done',
  'restore.leases.ended',
  'restore.marker.removed',
  'restore.migrated',
  'restore.prepared',
  'restore.swapped',
  'restore.wal.dropped',
  'store.accept.between',
  'store.accept.inserted',
  'store.ack.updated',
  'store.agent.deleted',
  'store.agent.inserted',
  'store.agent.reported',
  'store.agent.touched',
  'store.audit.inserted',
  'store.cancel.updated',
  'store.context.written',
  'store.commit.after',
  'store.commit.before',
  'store.commit.synced',
  'store.delivery.begun',
  'store.delivery.settled',
  'store.due.expired',
  'store.due.overdue',
  'store.due.promoted',
  'store.due.rescued',
  'store.epoch.committed',
  'store.epoch.raised',
  'store.event.inserted',
  'store.extend.updated',
  'store.grace.before',
  'store.grace.granted',
  'store.group.begin',
  'store.handoff.inserted',
  'store.handoff.settled',
  'store.index.inserted',
  'store.index.marked',
  'store.lease.selected',
  'store.lease.updated',
  'store.migrate.committed',
  'store.migrate.statement',
  'store.migrate.statements',
  'store.attempt.ended',
  'store.leases.moved',
  'store.mission.inserted',
  'store.mission.progressed',
  'store.mission.transferred',
  'store.nack.decided',
  'store.outbox.claimed',
  'store.outbox.queued',
  'store.outbox.settled',
  'store.opened',
  'store.operation.after',
  'store.operation.before',
  'store.process.ended',
  'store.process.inserted',
  'store.prune.deleted',
  'store.prune.key-kept',
  'store.redrive.updated',
  'store.release.updated',
  'store.replied',
  'store.token.minted',
  'store.token.revoked',
  'stream.frame.received',
  'stream.reply.before',
] as const;

export type FailpointName = (typeof failpointNames)[number];

/**
 * A named point at which a fault test may stop the process. Unarmed (always, outside tests) a point costs one compare.
 * `WAGGLE_FAILPOINT=name` or `name:3` kills the process with SIGKILL at the first or third pass of that point, which
 * is what a power button does to a process: no handler runs, nothing is flushed.
 */
export function failpoint(name: FailpointName): void {
  if (onPass !== undefined) onPass(name);
}

/**
 * For simulations that run many lives in one process: hears of every pass, and may throw what the engine would throw
 * there. Replaces what the environment armed; undefined disarms.
 */
export function armFailpoints(listener: ((name: FailpointName) => void) | undefined): void {
  onPass = listener;
}

let onPass = killAt(process.env['WAGGLE_FAILPOINT']);

function killAt(text: string | undefined): ((name: FailpointName) => void) | undefined {
  if (!text) return undefined;
  const [wanted = '', pass = '1'] = text.split(':');
  let passes = 0;
  return (name) => {
    if (name !== wanted) return;
    passes += 1;
    if (passes === Number(pass)) process.kill(process.pid, 'SIGKILL');
  };
}
