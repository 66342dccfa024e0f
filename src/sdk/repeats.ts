import { type ErrorCode, WaggleError } from '../errors.ts';
import type { AgentInput, Api, InputOf, OperationName, OutputOf, SelectionInput, SendInput } from '../hub/api.ts';

/** Asks the hub something that changes nothing. */
export type Look = <N extends OperationName>(name: N, input: InputOf<N>) => Promise<OutputOf<N>>;

/** A refusal of the repeat that the first try may have caused, and how to tell whether it did. */
export interface LookedUp<N extends OperationName> {
  readonly refusals: readonly ErrorCode[];
  /**
   * The answer that was lost, or undefined when the refusal stands. `since` is when the call was first made (the hub is
   * on this machine and shares its clock): what was done before that was done by somebody else.
   */
  find(look: Look, input: InputOf<N>, since: number): Promise<OutputOf<N> | undefined>;
}

/** Gives the input the key by which the hub knows the call, unless it has one. */
export interface Keyed<N extends OperationName> {
  withKey(input: InputOf<N>, newKey: () => string): InputOf<N>;
}

type RepeatOf<N extends OperationName> = Api[N]['repeat'] extends 'looked-up'
  ? LookedUp<N>
  : Api[N]['repeat'] extends 'keyed'
    ? Keyed<N>
    : 'as it is';

/**
 * How each operation is repeated after a lost answer. The type follows `Api`: an operation that is added there without
 * a way to tell its repeat does not compile here.
 */
export const repeats: { readonly [N in OperationName]: RepeatOf<N> } = {
  'message.send': { withKey: keyed },
  'message.sendMany': {
    withKey: ({ messages }, newKey) => ({ messages: messages.map((message) => keyed(message, newKey)) }),
  },
  'message.lease': 'as it is',
  'message.peek': 'as it is',
  'message.digest': 'as it is',
  'message.ack': {
    refusals: ['lease_lost'],
    async find(look, { id, gen }) {
      const { message } = await look('message.get', { id });
      return message.state === 'acked' && message.gen === gen ? { state: message.state } : undefined;
    },
  },
  'message.nack': {
    refusals: ['lease_lost'],
    async find(look, { id, gen }) {
      const { message, history } = await look('message.get', { id });
      const isNacked = history.some(
        ({ type, data }) => data['gen'] === gen && (type === 'message.nacked' || type === 'message.dead'),
      );
      return isNacked ? { state: message.state, readyAt: message.readyAt ?? message.createdAt } : undefined;
    },
  },
  'message.extend': 'as it is',
  'message.cancel': {
    refusals: ['illegal_transition'],
    async find(look, { id }, since) {
      const { message } = await look('message.get', { id });
      return message.state === 'cancelled' && isSince(message.settledAt, since) ? { state: message.state } : undefined;
    },
  },
  'message.get': 'as it is',
  'message.list': 'as it is',
  'message.thread': 'as it is',
  'message.search': 'as it is',
  'dead.list': 'as it is',
  'dead.redrive': moved('message.redriven', (redriven) => ({ redriven })),
  'dead.purge': deleted((purged) => ({ purged })),
  'quarantine.list': 'as it is',
  'quarantine.release': moved('message.released', (released) => ({ released })),
  'quarantine.purge': deleted((purged) => ({ purged })),
  'queue.stats': 'as it is',
  'queue.inboxes': 'as it is',
  'queue.prune': 'as it is',
  'queue.verify': 'as it is',
  'agent.add': {
    refusals: ['already_exists'],
    async find(look, wanted, since) {
      const { inbox: _inbox, process: _process, ...agent } = await look('agent.show', { id: wanted.id });
      return isSince(agent.createdAt, since) && isAsWanted(agent, wanted) ? agent : undefined;
    },
  },
  'agent.list': 'as it is',
  'agent.show': 'as it is',
  'agent.remove': {
    refusals: ['not_found'],
    find: async (_look, { id }) => ({ id, cancelled: null }), // nobody of that id is there, which is what was asked for
  },
  'agent.import': 'as it is',
  'agent.report': 'as it is',
  'agent.token': 'as it is',
  'agent.revoke': 'as it is',
  'agent.heartbeat': 'as it is',
  'agent.start': {
    refusals: ['illegal_transition'],
    async find(look, { id, command }, since) {
      const { process } = await look('agent.process', { id });
      const isOurs = isSince(process.createdAt, since) && sameWords(process.command, command);
      return isOurs ? process : undefined;
    },
  },
  'agent.stop': 'as it is',
  'agent.restart': {
    refusals: ['illegal_transition'],
    async find(look, { id, ifIncarnation }, since) {
      const { process } = await look('agent.process', { id });
      const isNext = ifIncarnation !== undefined && process.incarnation === ifIncarnation + 1;
      return isNext && isSince(process.createdAt, since) ? process : undefined;
    },
  },
  'agent.logs': 'as it is',
  'agent.process': 'as it is',
  'agent.processes': 'as it is',
  'context.get': 'as it is',
  'context.set': 'as it is',
  'context.patch': 'as it is',
  'context.remove': 'as it is',
  'context.list': 'as it is',
  'context.history': 'as it is',
  'context.brief': 'as it is',
  'health.report': 'as it is',
  'health.observe': 'as it is',
  'monitor.series': 'as it is',
  'monitor.metrics': 'as it is',
  'alerts.list': 'as it is',
  'alerts.ack': 'as it is',
  'alerts.resolve': 'as it is',
  'alerts.silence': 'as it is',
  'alerts.unsilence': 'as it is',
  'alerts.rules': 'as it is',
  'audit.list': 'as it is',
  'audit.verify': 'as it is',
  'mission.add': {
    refusals: ['already_exists'],
    async find(look, wanted, since) {
      const { reports: _reports, ...mission } = await look('mission.show', { id: wanted.id });
      const of = typeof wanted.units === 'number' ? wanted.units : wanted.units.length;
      const isOurs = mission.owner === wanted.owner && mission.of === of && mission.title === wanted.title;
      return isSince(mission.createdAt, since) && isOurs ? mission : undefined;
    },
  },
  'mission.list': 'as it is',
  'mission.show': 'as it is',
  'mission.progress': {
    // The first try was recorded, and another report has gone further since.
    refusals: ['illegal_transition', 'version_conflict'],
    async find(look, { agent, mission: id, done, of }, since) {
      if (id === undefined) return undefined;
      const { reports, ...mission } = await look('mission.show', { id });
      const ours = reports.find(
        (report) =>
          report.by === agent && report.done === done && report.of === (of ?? report.of) && isSince(report.at, since),
      );
      return ours === undefined ? undefined : { mission, change: ours.change };
    },
  },
  'mission.drop': 'as it is',
  'outbox.add': 'as it is',
  'outbox.remove': {
    refusals: ['not_found'],
    async find(look, { name }, since) {
      const { entries } = await look('outbox.list', { destination: name, limit: 1 });
      const wasThere = entries.some(({ settledAt }) => isSince(settledAt, since));
      return wasThere ? { name, buried: null } : undefined;
    },
  },
  'outbox.test': 'as it is',
  'outbox.destinations': 'as it is',
  'delivery.status': 'as it is',
  'delivery.open': 'as it is',
  'delivery.close': 'as it is',
  'delivery.saw': 'as it is',
  'delivery.retry': 'as it is',
  'outbox.list': 'as it is',
  'outbox.redrive': 'as it is',
  'handoff.offer': {
    refusals: ['illegal_transition'],
    async find(look, { mission, to }, since) {
      const [open] = (await look('handoff.list', { mission, state: 'offered' })).handOffs;
      return open !== undefined && open.to === to && isSince(open.offeredAt, since) ? open : undefined;
    },
  },
  'handoff.accept': 'as it is',
  'handoff.decline': 'as it is',
  'handoff.withdraw': 'as it is',
  'handoff.list': 'as it is',
  'recovery.import': 'as it is',
  'stress.start': {
    refusals: ['busy'],
    async find(look, { preset }, since) {
      const state = await look('stress.status', {});
      const isOurs = isSince(state.startedAt, since) && (preset === undefined || state.scenario?.['name'] === preset);
      return isOurs ? state : undefined;
    },
  },
  'stress.status': 'as it is',
  'stress.stop': 'as it is',
  'stress.report': 'as it is',
  'hub.status': 'as it is',
  'hub.stop': 'as it is',
};

function keyed(message: SendInput, newKey: () => string): SendInput {
  return message.idempotencyKey === undefined ? { ...message, idempotencyKey: newKey() } : message;
}

interface OfSelection<T> {
  readonly refusals: readonly ErrorCode[];
  find(look: Look, input: SelectionInput, since: number): Promise<T | undefined>;
}

/**
 * A selection by name is acted on as a whole or not at all, so one of its messages tells of all. A selection of
 * everything is never refused: its repeat finds what is left and counts that.
 */
function moved<T>(step: 'message.redriven' | 'message.released', answer: (count: number) => T): OfSelection<T> {
  return {
    refusals: ['illegal_transition'],
    async find(look, { ids = [] }, since) {
      const [id] = ids;
      if (id === undefined) return undefined;
      const { history } = await look('message.get', { id });
      // It may have been leased since: that is what it was put back for.
      const wasMoved = history.some(({ type, at }) => type === step && isSince(at, since));
      return wasMoved ? answer(new Set(ids).size) : undefined;
    },
  };
}

function deleted<T>(answer: (count: number) => T): OfSelection<T> {
  return {
    refusals: ['not_found'],
    async find(look, { ids = [] }) {
      for (const id of ids) if (await exists(look, id)) return undefined;
      return ids.length === 0 ? undefined : answer(new Set(ids).size);
    },
  };
}

function isSince(at: string | undefined, since: number): boolean {
  return at !== undefined && Date.parse(at) >= since;
}

async function exists(look: Look, id: string): Promise<boolean> {
  try {
    await look('message.get', { id });
    return true;
  } catch (error) {
    if (error instanceof WaggleError && error.code === 'not_found') return false;
    throw error;
  }
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}

function isAsWanted(agent: OutputOf<'agent.add'>, wanted: AgentInput): boolean {
  const skills = [...new Set(wanted.skills ?? [])].sort();
  return (
    agent.role === wanted.role &&
    agent.client === wanted.client &&
    agent.team === wanted.team &&
    agent.capacity === wanted.capacity &&
    agent.workspace === wanted.workspace &&
    sameWords(agent.skills, skills)
  );
}
