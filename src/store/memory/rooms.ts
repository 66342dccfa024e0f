import { WaggleError } from '../../errors.ts';
import type { Tx } from '../store.ts';
import { accept } from './accept.ts';
import { addAgent, listAgents, noteClient, removeAgent, reportAgent, touchAgent } from './agents.ts';
import { addSilence, listAlerts, listSilences, openAlerts, recordAlert, removeSilence } from './alerts.ts';
import { appendEvent } from './append-event.ts';
import { appendAudit, listAudit, readAudit } from './audit.ts';
import { deadLetters, purgeDead, redrive } from './dead-letters.ts';
import { ack, cancel, extend, lease, nack, peek } from './delivery.ts';
import type { MemoryState } from './memory-state.ts';
import { purgeQuarantined, quarantined, release } from './quarantine.ts';
import { history, readEvents } from './read-events.ts';
import { indexNext, list, queueStats, search, thread } from './read-messages.ts';
import { toMessage } from './row.ts';
import { listTokens, mintToken, revokeToken } from './tokens.ts';
import { advance } from './upkeep.ts';
import { verify } from './verify.ts';

/** Runs one call on the state: at once inside a transaction, in its turn outside. */
export type Run = <T>(call: () => T) => Promise<T>;

/** The rooms of the port over plain synchronous operations. */
export function memoryRooms(state: MemoryState, run: Run): Tx {
  return {
    messages: {
      accept: (requests) => run(() => accept(state, requests)),
      lease: (request) => run(() => lease(state, request)),
      ack: (ref) => run(() => ack(state, ref)),
      nack: (ref, outcome) => run(() => nack(state, ref, outcome)),
      extend: (ref, leaseMs) => run(() => extend(state, ref, leaseMs)),
      cancel: (id) => run(() => cancel(state, id)),
      redrive: (selection) => run(() => redrive(state, selection)),
      purgeDead: (selection) => run(() => purgeDead(state, selection)),
      quarantined: (page) => run(() => quarantined(state, page)),
      release: (selection, by) => run(() => release(state, selection, by)),
      purgeQuarantined: (selection, by) => run(() => purgeQuarantined(state, selection, by)),
      advance: () => run(() => ({ moved: advance(state, state.now()), nextDueInMs: state.nextDueInMs() })),
      indexNext: (limit) => run(() => indexNext(state, limit)),
      get: (id) =>
        run(() => {
          const row = state.find(id);
          return row === undefined ? undefined : toMessage(row);
        }),
      history: (id) => run(() => history(state.mustFind(id))),
      peek: (inbox, limit) => run(() => peek(state, inbox, limit)),
      list: (listing) => run(() => list(state, listing)),
      thread: (threadId, page) => run(() => thread(state, threadId, page)),
      dead: (page) => run(() => deadLetters(state, page)),
      search: (text, options) => run(() => search(state, text, options)),
      stats: () => run(() => queueStats(state)),
      inboxStats: (inbox) => run(() => state.registeredInbox(inbox).stats()),
      verify: () => run(() => verify(state)),
    },
    agents: {
      add: (agent) => run(() => addAgent(state, agent)),
      get: (id) => run(() => state.agents.get(id)),
      list: () => run(() => listAgents(state)),
      remove: (id, options) => run(() => removeAgent(state, id, options)),
      touch: (id) => run(() => touchAgent(state, id)),
      noteClient: (id, client) => run(() => noteClient(state, id, client)),
      report: (id, report) => run(() => reportAgent(state, id, report)),
    },
    tokens: {
      mint: (request) => run(() => mintToken(state, request)),
      revoke: (agent) => run(() => revokeToken(state, agent)),
      list: () => run(() => listTokens(state)),
    },
    audit: {
      append: (facts) => run(() => appendAudit(state, facts)),
      list: (page) => run(() => listAudit(state, page)),
      read: (after, limit) => run(() => readAudit(state, after, limit)),
    },
    alerts: {
      record: (alert, change) => run(() => recordAlert(state, alert, change)),
      get: (id) => run(() => state.alerts.get(id)),
      list: (page) => run(() => listAlerts(state, page)),
      open: () => run(() => openAlerts(state)),
      silence: (silence) => run(() => addSilence(state, silence)),
      unsilence: (id) => run(() => removeSilence(state, id)),
      silences: (now) => run(() => listSilences(state, now)),
    },
    contexts: {
      get: refuseContexts,
      write: refuseContexts,
      remove: refuseContexts,
      list: refuseContexts,
      history: refuseContexts,
    },
    missions: {
      add: refuseMissions,
      get: refuseMissions,
      list: refuseMissions,
      progress: refuseMissions,
      reports: refuseMissions,
      drop: refuseMissions,
      transfer: refuseMissions,
    },
    handOffs: {
      add: refuseHandOffs,
      get: refuseHandOffs,
      list: refuseHandOffs,
      settle: refuseHandOffs,
      overdue: refuseHandOffs,
      nextDueInMs: refuseHandOffs,
      moveLeases: refuseHandOffs,
    },
    processes: {
      begin: refuseProcesses,
      started: refuseProcesses,
      stopping: refuseProcesses,
      ended: refuseProcesses,
      cancelRestart: refuseProcesses,
      // Nothing can have been started here, so there is nothing to be told of: this is no guess.
      latest: async () => undefined,
      list: async () => [],
      history: async () => [],
    },
    outbox: {
      putDestination: refuseOutbox,
      removeDestination: refuseOutbox,
      destinations: refuseOutbox,
      destination: refuseOutbox,
      put: refuseOutbox,
      claim: refuseOutbox,
      settle: refuseOutbox,
      reclaim: refuseOutbox,
      get: refuseOutbox,
      list: refuseOutbox,
      redrive: refuseOutbox,
    },
    deliveries: {
      pending: refuseDeliveries,
      begin: refuseDeliveries,
      settle: refuseDeliveries,
      saw: refuseDeliveries,
      recover: refuseDeliveries,
      release: refuseDeliveries,
      // Nothing can have been told through a door here: this is no guess.
      record: async () => undefined,
      records: refuseDeliveries,
      openDoor: refuseDeliveries,
      closeDoor: refuseDeliveries,
      doors: refuseDeliveries,
    },
    events: {
      read: (after, limit) => run(() => readEvents(state, after, limit)),
      last: () => run(() => state.lastSeq),
      prunedThrough: () => run(() => state.prunedThrough),
      append: (event) => run(() => appendEvent(state, event)),
    },
  };
}

/** Messages alone may live in memory; what else a swarm knows has one home, the durable store. */
function refusal(room: string): () => Promise<never> {
  return () =>
    Promise.reject(
      new WaggleError(
        'not_supported',
        `${room}: this hub keeps messages in memory and nothing else; run one over a directory (waggle up, or openSwarm without store: 'memory')`,
        { details: { room } },
      ),
    );
}

const refuseContexts = refusal('contexts');
const refuseMissions = refusal('missions');
const refuseHandOffs = refusal('hand-offs');
const refuseProcesses = refusal('programs of agents');
const refuseOutbox = refusal('the outbox');
const refuseDeliveries = refusal('doors and receipts');
