/** Every named point, so that a fault test can stop a hub at each and prove that it reached it. */
export const failpointNames = [
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
  'recovery.import.entry',
  'recovery.quarantine.renamed',
  'recovery.quarantine.synced',
  'recovery.quarantine.written',
  'store.accept.between',
  'store.accept.inserted',
  'store.ack.updated',
  'store.agent.deleted',
  'store.agent.inserted',
  'store.agent.touched',
  'store.cancel.updated',
  'store.commit.after',
  'store.commit.before',
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
  'store.index.inserted',
  'store.index.marked',
  'store.lease.selected',
  'store.lease.updated',
  'store.migrate.committed',
  'store.migrate.statements',
  'store.attempt.ended',
  'store.nack.decided',
  'store.opened',
  'store.operation.after',
  'store.operation.before',
  'store.prune.deleted',
  'store.prune.key-kept',
  'store.redrive.updated',
  'store.replied',
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
  if (armed === undefined || armed.name !== name) return;
  passes += 1;
  if (passes === armed.pass) process.kill(process.pid, 'SIGKILL');
}

const armed = parse(process.env['WAGGLE_FAILPOINT']);
let passes = 0;

function parse(text: string | undefined): { name: string; pass: number } | undefined {
  if (!text) return undefined;
  const [name = '', pass = '1'] = text.split(':');
  return { name, pass: Number(pass) };
}
