import type { Clock } from '../clock.ts';
import type { WireMessage } from '../hub/api.ts';
import { inheritable } from '../process/environment.ts';
import { startConsumer } from './consume.ts';
import type { ReceivedMessage, Swarm } from './swarm.ts';
import type { Transport } from './transport.ts';

/** The swarm's nouns over a transport; the same for a client and for a program that runs the hub. */
export function createSwarm(transport: Transport, clock: Clock): Swarm {
  const call = transport.call.bind(transport);
  const swarm: Swarm = {
    send: (message) => call('message.send', message),
    sendMany: async (messages) => (await call('message.sendMany', { messages })).receipts,
    async lease(inbox, { signal, ...options } = {}) {
      return (await call('message.lease', { inbox, ...options }, signal)).messages.map(received);
    },
    peek: async (inbox, options = {}) => (await call('message.peek', { inbox, ...options })).messages.map(received),
    digest: (inbox, { signal, ...options } = {}) => call('message.digest', { inbox, ...options }, signal),
    async ack({ id, gen }) {
      await call('message.ack', { id, gen });
    },
    nack: ({ id, gen }, outcome = {}) => call('message.nack', { id, gen, ...outcome }),
    extend: ({ id, gen }, options = {}) => call('message.extend', { id, gen, ...options }),
    async cancel(id) {
      await call('message.cancel', { id });
    },
    async message(id) {
      const { message, ...rest } = await call('message.get', { id });
      return { ...rest, message: received(message) };
    },
    async thread(threadId, page = {}) {
      const { messages, ...rest } = await call('message.thread', { threadId, ...page });
      return { messages: messages.map(received), ...rest };
    },
    async search(text, options = {}) {
      const { hits } = await call('message.search', { text, ...options });
      return hits.map((hit) => ({ ...hit, message: received(hit.message) }));
    },
    consume: (inbox, handler, options = {}) => startConsumer(swarm, clock, inbox, handler, options),
    events: ({ after = 0, signal = new AbortController().signal } = {}) => transport.events(after, signal),
    dead: {
      list: (options = {}) => call('dead.list', options),
      redrive: async (selection) => (await call('dead.redrive', selection)).redriven,
      purge: async (selection) => (await call('dead.purge', selection)).purged,
    },
    quarantine: {
      async list(options = {}) {
        const { messages, ...rest } = await call('quarantine.list', options);
        return { messages: messages.map(received), ...rest };
      },
      release: async (selection) => (await call('quarantine.release', selection)).released,
      purge: async (selection) => (await call('quarantine.purge', selection)).purged,
    },
    queue: {
      stats: (options = {}) => call('queue.stats', options),
      prune: (selection) => call('queue.prune', selection),
      verify: () => call('queue.verify', {}),
    },
    contexts: {
      get: (namespace) => call('context.get', { namespace }),
      set: (namespace, value, options) => call('context.set', { namespace, value, ...options }),
      patch: (namespace, patch, options = {}) =>
        call('context.patch', { namespace, patch, ifVersion: 'any', ...options }),
      remove: (namespace, options) => call('context.remove', { namespace, ...options }),
      list: async () => (await call('context.list', {})).contexts,
      history: async (namespace, options = {}) => (await call('context.history', { namespace, ...options })).changes,
      brief: (agent, options = {}) => call('context.brief', { agent, ...options }),
    },
    delivery: {
      status: (agent, options = {}) => call('delivery.status', { agent, ...options }),
      open: (agent, door, settings = {}) => call('delivery.open', { agent, door, ...settings }),
      close: async (agent, door) => (await call('delivery.close', { agent, door })).closed,
      saw: async (agent, ids, options = {}) => (await call('delivery.saw', { agent, ids, ...options })).marked,
      retry: async (id) => void (await call('delivery.retry', { id })),
    },
    outbox: {
      add: (destination) => call('outbox.add', destination),
      remove: (name) => call('outbox.remove', { name }),
      test: async (name) => (await call('outbox.test', { name })).id,
      destinations: async () => (await call('outbox.destinations', {})).destinations,
      list: (filter = {}) => call('outbox.list', filter),
      redrive: async (selection) => (await call('outbox.redrive', selection)).redriven,
    },
    missions: {
      add: (mission) => call('mission.add', mission),
      list: async (filter = {}) => (await call('mission.list', filter)).missions,
      show: (id, options = {}) => call('mission.show', { id, ...options }),
      progress: (agent, report) => call('mission.progress', { agent, ...report }),
      drop: (id) => call('mission.drop', { id }),
    },
    handOffs: {
      offer: (offer) => call('handoff.offer', offer),
      accept: (id, options = {}) => call('handoff.accept', { id, ...options }),
      decline: (id, options = {}) => call('handoff.decline', { id, ...options }),
      withdraw: (id, options = {}) => call('handoff.withdraw', { id, ...options }),
      list: async (filter = {}) => (await call('handoff.list', filter)).handOffs,
    },
    agents: {
      add: (agent) => call('agent.add', agent),
      list: async (filter = {}) => (await call('agent.list', filter)).agents,
      show: (id) => call('agent.show', { id }),
      remove: (id, options = {}) => call('agent.remove', { id, ...options }),
      heartbeat: (id, facts = {}) => call('agent.heartbeat', { id, ...facts }),
      import: (agent) => call('agent.import', agent),
      report: (id, report) => call('agent.report', { id, ...report }),
      token: (id, options = {}) => call('agent.token', { id, ...options }),
      revoke: (id) => call('agent.revoke', { id }),
      start: (id, command, options = {}) =>
        call('agent.start', {
          id,
          command,
          ...options,
          cwd: options.cwd ?? process.cwd(),
          environment: options.environment ?? inheritable(process.env),
        }),
      stop: (id, options = {}) => call('agent.stop', { id, ...options }),
      async restart(id, options = {}) {
        // By its number a repeat after a lost answer is told from a second restart.
        const { process: present } = await call('agent.process', { id, limit: 1 });
        return call('agent.restart', { id, ...options, ifIncarnation: present.incarnation });
      },
      logs: (id, options = {}) => call('agent.logs', { id, ...options }),
      process: (id, options = {}) => call('agent.process', { id, ...options }),
      processes: async () => (await call('agent.processes', {})).processes,
    },
    health: () => call('health.report', {}),
    observe: (observation) => call('health.observe', observation),
    series: (options = {}) => call('monitor.series', options),
    metrics: async () => (await call('monitor.metrics', {})).text,
    alerts: {
      list: (filter = {}) => call('alerts.list', filter),
      ack: (id) => call('alerts.ack', { id }),
      resolve: (id) => call('alerts.resolve', { id }),
      silence: (silence) => call('alerts.silence', silence),
      unsilence: async (id) => (await call('alerts.unsilence', { id })).ended > 0,
      rules: async () => (await call('alerts.rules', {})).rules,
    },
    audit: {
      list: (options = {}) => call('audit.list', options),
      verify: () => call('audit.verify', {}),
    },
    importEntries: (entries, options = {}) => call('recovery.import', { entries, ...options }),
    status: () => call('hub.status', {}),
    async stopHub() {
      await call('hub.stop', {});
    },
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
  return swarm;
}

function received(message: WireMessage): ReceivedMessage {
  // Stored JSON was checked when it was accepted. The message was made for this answer, so it is completed, not copied.
  return Object.assign(message, {
    body: message.bodyType === 'json' ? (JSON.parse(message.bodyText) as unknown) : message.bodyText,
  });
}
