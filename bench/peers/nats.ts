import { loadPeer } from '../packages.ts';
import { body, inFlight, type Peer, type Place, timed } from './peer.ts';

interface Connection {
  flush(): Promise<void>;
  drain(): Promise<void>;
}

interface Message {
  readonly data: Uint8Array;
  ack(): void;
}

interface JetStream {
  jetstream(connection: Connection): {
    publish(subject: string, data: string): Promise<unknown>;
    consumers: { get(stream: string, name: string): Promise<Consumer> };
  };
  jetstreamManager(connection: Connection): Promise<{
    streams: { add(config: object): Promise<unknown> };
    consumers: { add(stream: string, config: object): Promise<unknown> };
  }>;
}

interface Consumer {
  consume(options: { max_messages: number }): Promise<AsyncIterable<Message> & { stop(): void }>;
}

/**
 * A work queue on a JetStream file stream: publishes confirmed by the server, one pulled consumer, explicit acks. The
 * server that Debian ships syncs its files every two minutes and knows no other way, so this row is not durable; its
 * acks are sent without a confirmation, as its guides do.
 */
export async function openNats(place: Place): Promise<Peer> {
  const transport = loadPeer<{ connect(options: object): Promise<Connection> }>(
    place.packages,
    '@nats-io/transport-node',
  );
  const { jetstream, jetstreamManager } = loadPeer<JetStream>(place.packages, '@nats-io/jetstream');
  const connection = await transport.connect({ servers: place.server });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'bench', subjects: ['bench'], retention: 'workqueue', storage: 'file' });
  await manager.consumers.add('bench', { durable_name: 'bench', ack_policy: 'explicit', max_ack_pending: 10_000 });
  const stream = jetstream(connection);
  const consumer = await stream.consumers.get('bench', 'bench');
  const payload = () => JSON.stringify(body);
  const drain = (count: number, callers: number) =>
    timed(async () => {
      const messages = await consumer.consume({ max_messages: Math.max(2, callers) });
      let left = count;
      for await (const message of messages) {
        JSON.parse(new TextDecoder().decode(message.data));
        message.ack();
        left -= 1;
        if (left === 0) break;
      }
      await connection.flush();
      messages.stop();
    });
  return {
    sendOne: (one) => stream.publish('bench', JSON.stringify(one)),
    send: (count, callers) => inFlight(count, callers, () => stream.publish('bench', payload())),
    drain,
    // It has no batches; a hundred publishes in flight are its way.
    sendBatches: (count, size) => inFlight(count, size, () => stream.publish('bench', payload())),
    drainBatches: drain,
    async [Symbol.asyncDispose]() {
      await connection.drain();
    },
  };
}
