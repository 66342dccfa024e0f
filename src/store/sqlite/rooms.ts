import type { AgentStore } from '../../agent/agent-store.ts';
import type { TokenStore } from '../../agent/token-store.ts';
import type { AuditStore } from '../../audit/audit-store.ts';
import type { ContextStore } from '../../context/context-store.ts';
import type { DeliveryStore } from '../../delivery/delivery-store.ts';
import type { WaggleEvent } from '../../events.ts';
import { decodeMessageId } from '../../ids.ts';
import type { MessageStore, VerifyReport } from '../../message/message-store.ts';
import type { HandOffStore } from '../../mission/hand-off-store.ts';
import type { MissionStore } from '../../mission/mission-store.ts';
import type { AlertStore } from '../../monitor/alert-store.ts';
import type { OutboxStore } from '../../outbox/outbox-store.ts';
import type { ProcessStore } from '../../process/process-store.ts';
import type { EventStore, Tx } from '../store.ts';
import { accept } from './accept.ts';
import { addAgent, getAgent, listAgents, noteClient, removeAgent, reportAgent, touchAgent } from './agent-rows.ts';
import {
  addSilence,
  getAlert,
  listAlerts,
  listSilences,
  openAlerts,
  recordAlert,
  removeSilence,
} from './alert-rows.ts';
import { appendAudit, listAudit, readAudit } from './audit-rows.ts';
import { contextHistory, getContext, listContexts, removeContext, writeContext } from './context-rows.ts';
import { appendEvent, type Core } from './core.ts';
import { deadLetters, purgeDead, redrive } from './dead-letters.ts';
import { closeDoor, listDoors, openDoor } from './delivery-doors.ts';
import {
  beginDelivery,
  getDelivery,
  listDeliveries,
  pendingDeliveries,
  recoverDeliveries,
  releaseDelivery,
  sawDelivery,
  settleDelivery,
} from './delivery-rows.ts';
import { advance, nextDueInMs } from './due.ts';
import { lastSeq, readEvents } from './event-rows.ts';
import type { Durability, Need } from './group-writer.ts';
import {
  addHandOff,
  getHandOff,
  listHandOffs,
  nextHandOffDueInMs,
  overdueHandOffs,
  settleHandOff,
} from './hand-off-rows.ts';
import { ack, cancel, extend, lease, nack, peek } from './lease.ts';
import { listMessages } from './list-messages.ts';
import {
  addMission,
  dropMission,
  getMission,
  listMissions,
  missionReports,
  progressMission,
  transferMission,
} from './mission-rows.ts';
import { moveLeases } from './move-leases.ts';
import { findDestination, listDestinations, putDestination } from './outbox-destinations.ts';
import {
  claimEntries,
  getEntry,
  listEntries,
  putEntry,
  reclaimEntries,
  redriveEntries,
  removeDestination,
  settleEntry,
} from './outbox-rows.ts';
import {
  beginProcess,
  cancelRestart,
  endedProcess,
  latestProcess,
  listProcesses,
  processHistory,
  startedProcess,
  stoppingProcess,
} from './process-rows.ts';
import { purgeQuarantined, quarantined, release } from './quarantine.ts';
import { getMessage, historyOf, inboxStats, threadOf } from './read-messages.ts';
import { indexNext, searchMessages } from './search-messages.ts';
import { listTokens, mintToken, revokeToken } from './token-rows.ts';

/** How an operation reaches the writer: through the group commit, or directly inside a transaction's body. */
export interface Runner {
  /** `looksAtDue`: what is due is brought about first. */
  readonly write: <T>(
    operation: (core: Core) => T,
    durability?: Durability,
    need?: Need,
    looksAtDue?: boolean,
  ) => Promise<T>;
  readonly read: <T>(look: (core: Core) => T) => Promise<T>;
  readonly verify: () => Promise<VerifyReport>;
}

/** The rooms over one runner; the same code serves single calls and transactions. */
export function sqliteRooms(runner: Runner): Tx {
  return {
    messages: messageRoom(runner),
    agents: agentRoom(runner),
    tokens: tokenRoom(runner),
    audit: auditRoom(runner),
    contexts: contextRoom(runner),
    missions: missionRoom(runner),
    handOffs: handOffRoom(runner),
    processes: processRoom(runner),
    outbox: outboxRoom(runner),
    deliveries: deliveryRoom(runner),
    alerts: alertRoom(runner),
    events: eventRoom(runner),
  };
}

function messageRoom({ write, read, verify }: Runner): MessageStore {
  return {
    accept: (requests) => write((core) => accept(core, requests), 'durable', 'accept', true),
    lease: ({ inbox, limit, leaseMs }) => write((core) => lease(core, inbox, limit, leaseMs), 'lazy', 'settle', true),
    ack: (ref) => write((core) => ack(core, ref)),
    nack: (ref, outcome) => write((core) => nack(core, ref, outcome)),
    extend: (ref, leaseMs) => write((core) => extend(core, ref, leaseMs), 'lazy'),
    cancel: (id) => write((core) => cancel(core, id)),
    redrive: (selection) => write((core) => redrive(core, selection)),
    purgeDead: (selection) => write((core) => purgeDead(core, selection)),
    quarantined: (page) => read((core) => quarantined(core, page)),
    release: (selection, by) => write((core) => release(core, selection, by)),
    purgeQuarantined: (selection, by) => write((core) => purgeQuarantined(core, selection, by)),
    advance: () => write((core) => ({ moved: advance(core), nextDueInMs: nextDueInMs(core) })),
    // On a full disk the index waits, as accepts do: what the reserve gives up is for settling.
    indexNext: (limit) => write((core) => indexNext(core, limit), 'lazy', 'accept'),
    get: (id) => read((core) => getMessage(core, id)),
    history: (id) => read((core) => historyOf(core, id)),
    peek: (inbox, limit) => write((core) => peek(core, inbox, limit), 'lazy', 'settle', true),
    list: (listing) => read((core) => listMessages(core, listing)),
    thread: (threadId, page) => read((core) => threadOf(core, threadId, page)),
    dead: (page) => read((core) => deadLetters(core, page)),
    async search(text, options) {
      // Search answers for everything accepted before it, so the index catches up first, in short turns.
      while ((await write((core) => indexNext(core, 200), 'lazy')) > 0);
      return read((core) => searchMessages(core, text, options));
    },
    stats: () => read((core) => core.ledger.stats()),
    inboxStats: (inbox) => read((core) => inboxStats(core, inbox)),
    verify,
  };
}

function agentRoom({ write, read }: Runner): AgentStore {
  return {
    add: (agent) => write((core) => addAgent(core, agent)),
    get: (id) => read((core) => getAgent(core, id)),
    list: () => read(listAgents),
    remove: (id, { cancelOpen }) => write((core) => removeAgent(core, id, cancelOpen)),
    touch: (id) => write((core) => touchAgent(core, id), 'lazy'),
    noteClient: (id, client) => write((core) => noteClient(core, id, client)),
    report: (id, report) => write((core) => reportAgent(core, id, report)),
  };
}

function tokenRoom({ write, read }: Runner): TokenStore {
  return {
    mint: (request) => write((core) => mintToken(core, request)),
    revoke: (agent) => write((core) => revokeToken(core, agent)),
    list: () => read(listTokens),
  };
}

function auditRoom({ write, read }: Runner): AuditStore {
  return {
    append: (facts) => write((core) => appendAudit(core, facts)),
    list: (page) => read((core) => listAudit(core, page)),
    read: (after, limit) => read((core) => readAudit(core, after, limit)),
  };
}

function contextRoom({ write, read }: Runner): ContextStore {
  return {
    get: (namespace) => read((core) => getContext(core, namespace)),
    write: (change) => write((core) => writeContext(core, change), 'durable', 'accept'),
    remove: (change) => write((core) => removeContext(core, change)),
    list: () => read(listContexts),
    history: (namespace, limit) => read((core) => contextHistory(core, namespace, limit)),
  };
}

function missionRoom({ write, read }: Runner): MissionStore {
  return {
    add: (mission) => write((core) => addMission(core, mission), 'durable', 'accept'),
    get: (id) => read((core) => getMission(core, id)),
    list: (filter) => read((core) => listMissions(core, filter)),
    progress: (id, to, record) => write((core) => progressMission(core, id, to, record), 'durable', 'accept'),
    reports: (id, limit) => read((core) => missionReports(core, id, limit)),
    drop: (id, by) => write((core) => dropMission(core, id, by)),
    transfer: (id, epoch, to) => write((core) => transferMission(core, id, epoch, to)),
  };
}

function processRoom({ write, read }: Runner): ProcessStore {
  return {
    begin: (order) => write((core) => beginProcess(core, order), 'durable', 'accept'),
    started: (ref, identity) => write((core) => startedProcess(core, ref, identity)),
    stopping: (ref) => write((core) => stoppingProcess(core, ref)),
    ended: (ref, end) => write((core) => endedProcess(core, ref, end)),
    cancelRestart: (ref) => write((core) => cancelRestart(core, ref)),
    latest: (agent) => read((core) => latestProcess(core, agent)),
    list: () => read(listProcesses),
    history: (agent, limit) => read((core) => processHistory(core, agent, limit)),
  };
}

function outboxRoom({ write, read }: Runner): OutboxStore {
  return {
    putDestination: (destination) => write((core) => putDestination(core, destination), 'durable', 'accept'),
    removeDestination: (name) => write((core) => removeDestination(core, name)),
    destinations: () => read(listDestinations),
    destination: (name) => read((core) => findDestination(core, name)),
    put: (entry) => write((core) => putEntry(core, entry), 'durable', 'accept'),
    // A claim that a power cut takes back is made again, and so is its try: that is what at-least-once means.
    claim: (limit) => write((core) => claimEntries(core, limit), 'lazy'),
    settle: (ref, end) => write((core) => settleEntry(core, ref, end)),
    reclaim: () => write(reclaimEntries),
    get: (id) => read((core) => getEntry(core, id)),
    list: (page) => read((core) => listEntries(core, page)),
    redrive: (selection) => write((core) => redriveEntries(core, selection)),
  };
}

function deliveryRoom({ write, read }: Runner): DeliveryStore {
  return {
    pending: (agent, limit) => read((core) => pendingDeliveries(core, agent, limit)),
    begin: (agent, door, ids) => write((core) => beginDelivery(core, agent, door, ids), 'durable', 'settle', true),
    settle: (ids, end) => write((core) => settleDelivery(core, ids, end)),
    saw: (agent, door, ids, step) => write((core) => sawDelivery(core, agent, door, ids, step)),
    recover: (repeatable) => write((core) => recoverDeliveries(core, repeatable)),
    release: (id) => write((core) => releaseDelivery(core, id)),
    record: (id) => read((core) => getDelivery(core, id)),
    records: (agent, page) => read((core) => listDeliveries(core, agent, page)),
    openDoor: (setting) => write((core) => openDoor(core, setting)),
    closeDoor: (agent, door) => write((core) => closeDoor(core, agent, door)),
    doors: (agent) => read((core) => listDoors(core, agent)),
  };
}

function handOffRoom({ write, read }: Runner): HandOffStore {
  return {
    add: (handOff) => write((core) => addHandOff(core, handOff), 'durable', 'accept'),
    get: (id) => read((core) => getHandOff(core, id)),
    list: (filter, limit) => read((core) => listHandOffs(core, filter, limit)),
    settle: (id, settlement) => write((core) => settleHandOff(core, id, settlement)),
    overdue: (limit) => read((core) => overdueHandOffs(core, limit)),
    nextDueInMs: () => read(nextHandOffDueInMs),
    moveLeases: (move) => write((core) => moveLeases(core, move)),
  };
}

/** Alerts get through on a full disk, as settles do: they are what tells of it. */
function alertRoom({ write, read }: Runner): AlertStore {
  return {
    record: (alert, change) => write((core) => recordAlert(core, alert, change)),
    get: (id) => read((core) => getAlert(core, id)),
    list: (page) => read((core) => listAlerts(core, page)),
    open: () => read(openAlerts),
    silence: (silence) => write((core) => addSilence(core, silence)),
    unsilence: (id) => write((core) => removeSilence(core, id)),
    silences: (now) => read((core) => listSilences(core, now)),
  };
}

function eventRoom({ write, read }: Runner): EventStore {
  return {
    read: (after, limit) => read((core) => readEvents(core, after, limit)),
    last: () => read((core) => lastSeq((text) => core.sql(text))),
    prunedThrough: () => read(({ ledger }) => ledger.prunedThrough),
    append: (event) => write((core) => appendEvent(core, rowOf(event))),
  };
}

function rowOf({ messageId, ...event }: Omit<WaggleEvent, 'seq' | 'at'>) {
  const seq = messageId === undefined ? undefined : decodeMessageId(messageId)?.seq;
  return seq === undefined ? event : { ...event, messageSeq: seq };
}
