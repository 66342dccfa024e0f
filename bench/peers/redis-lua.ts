import { loadPeer } from '../packages.ts';
import { body, inBatches, inFlight, type Peer, type Place } from './peer.ts';

interface Redis {
  defineCommand(name: string, definition: { numberOfKeys: number; lua: string }): void;
  enqueue(...args: (string | number)[]): Promise<unknown>;
  take(limit: number, leaseMs: number): Promise<string[]>;
  settle(...args: (string | number)[]): Promise<number>;
  quit(): Promise<unknown>;
}

/**
 * The least that a queue on redis can be: one script a step, a waiting list, a sorted set of leases, a hash of bodies.
 * What an adapter of ours could reach at best; it knows no priority, no dead letters, no idempotency, no history.
 */
const scripts = {
  enqueue: `for i = 1, #ARGV do
    local id = redis.call('INCR', 'q:next')
    redis.call('HSET', 'q:bodies', id, ARGV[i])
    redis.call('RPUSH', 'q:ready', id)
  end
  return #ARGV`,
  take: `local out = {}
  local now = redis.call('TIME')
  local till = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2]
  for i = 1, ARGV[1] do
    local id = redis.call('LPOP', 'q:ready')
    if not id then break end
    redis.call('ZADD', 'q:leased', till, id)
    out[#out + 1] = id
    out[#out + 1] = redis.call('HGET', 'q:bodies', id)
  end
  return out`,
  settle: `local done = 0
  for i = 1, #ARGV do
    if redis.call('ZREM', 'q:leased', ARGV[i]) == 1 then
      redis.call('HDEL', 'q:bodies', ARGV[i])
      done = done + 1
    end
  end
  return done`,
} as const;

/** That queue over ioredis, whose calls of one turn share a round trip. */
export async function openRedisLua(place: Place): Promise<Peer> {
  const { Redis } = loadPeer<{ Redis: new (options: object) => Redis }>(place.packages, 'ioredis');
  const redis = new Redis({ path: place.server });
  for (const [name, lua] of Object.entries(scripts)) redis.defineCommand(name, { numberOfKeys: 0, lua });
  const take = async (limit: number) => {
    const found = await redis.take(limit, 60_000);
    const ids = found.filter((_, index) => index % 2 === 0);
    if (ids.length !== limit) throw new Error(`redis-lua: ${limit - ids.length} messages are missing`);
    for (let index = 1; index < found.length; index += 2) JSON.parse(found[index] ?? '');
    if ((await redis.settle(...ids)) !== limit) throw new Error('redis-lua: a lease was lost');
  };
  return {
    sendOne: (one) => redis.enqueue(JSON.stringify(one)),
    send: (count, callers) => inFlight(count, callers, () => redis.enqueue(JSON.stringify(body))),
    drain: (count, callers) => inFlight(count, callers, () => take(1)),
    sendBatches: (count, size) =>
      inBatches(count, size, (n) => redis.enqueue(...Array.from({ length: n }, () => JSON.stringify(body)))),
    drainBatches: (count, size) => inBatches(count, size, take),
    async [Symbol.asyncDispose]() {
      await redis.quit();
    },
  };
}
