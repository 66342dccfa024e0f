import { openBullMq } from './peers/bullmq.ts';
import { openFsyncs } from './peers/fsyncs.ts';
import { openGraphileWorker } from './peers/graphile-worker.ts';
import { openJsonFile } from './peers/json-file.ts';
import { openNats } from './peers/nats.ts';
import type { OpenPeer } from './peers/peer.ts';
import { openPgBoss } from './peers/pg-boss.ts';
import { openPlainjob } from './peers/plainjob.ts';
import { openRedisLua } from './peers/redis-lua.ts';
import { openInPlace, openMemory, openSqliteInMemory, openThroughSocket } from './peers/waggle.ts';

export type ServerName =
  | 'hub'
  | 'redis-always'
  | 'redis-everysec'
  | 'redis-none'
  | 'postgres'
  | 'postgres-relaxed'
  | 'nats';

export interface Contender {
  readonly open: OpenPeer;
  readonly server?: ServerName;
  readonly durability?: 'relaxed';
  /** What its answers promise; printed beside its numbers. */
  readonly syncs: string;
}

const durable = 'every call, before it returns';

/** Everything that is measured, by the name it has in tables and after `--only`. */
export const contenders = {
  'in-place': { open: openInPlace, syncs: `${durable} (group commit; a lease alone is not worth one)` },
  socket: { open: openThroughSocket, server: 'hub', syncs: `${durable} (group commit over all clients)` },
  'sqlite-memory': { open: openSqliteInMemory, syncs: 'nothing: the limit of this engine' },
  memory: { open: openMemory, syncs: 'nothing' },
  fsyncs: { open: openFsyncs, syncs: 'the limit of the disk: three bare fsyncs a life' },
  plainjob: { open: openPlainjob, syncs: `${durable} (forced to FULL)` },
  bullmq: { open: openBullMq, server: 'redis-always', syncs: `${durable} (appendfsync always)` },
  'redis-lua': { open: openRedisLua, server: 'redis-always', syncs: `${durable} (appendfsync always)` },
  'pg-boss': { open: openPgBoss, server: 'postgres', syncs: `${durable} (synchronous_commit on)` },
  'graphile-worker': { open: openGraphileWorker, server: 'postgres', syncs: `${durable} (synchronous_commit on)` },
  nats: { open: openNats, server: 'nats', syncs: 'every two minutes: not durable' },
  'plainjob-relaxed': { open: openPlainjob, durability: 'relaxed', syncs: 'at checkpoints (NORMAL, as shipped)' },
  'bullmq-relaxed': { open: openBullMq, server: 'redis-everysec', syncs: 'every second' },
  'bullmq-memory': { open: openBullMq, server: 'redis-none', syncs: 'nothing: no append-only file' },
  'pg-boss-relaxed': {
    open: openPgBoss,
    server: 'postgres-relaxed',
    syncs: 'within a second (synchronous_commit off)',
  },
  'graphile-relaxed': {
    open: openGraphileWorker,
    server: 'postgres-relaxed',
    syncs: 'within a second (synchronous_commit off)',
  },
  'json-file': { open: openJsonFile, syncs: `${durable} (the whole file)` },
} as const satisfies Record<string, Contender>;

export type ContenderName = keyof typeof contenders;

export function contender(name: ContenderName): Contender {
  return contenders[name];
}
