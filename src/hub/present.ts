import type { Agent } from '../agent/agent.ts';
import type { Context } from '../context/context.ts';
import type { Receipt } from '../delivery/receipt.ts';
import type { WaggleEvent } from '../events.ts';
import type { Message } from '../message/message.ts';
import type { HandOff } from '../mission/hand-off.ts';
import { type Mission, nextUnits, stateOf } from '../mission/mission.ts';
import type { AgentProcess } from '../process/process.ts';
import { redact } from '../redact.ts';
import type { MessageDigest, MessageLine, WireAgent, WireEvent, WireMessage } from './api.ts';
import type { WireReceipt } from './delivery-api.ts';
import type { WireHandOff } from './hand-off-api.ts';
import type { WireMission } from './mission-api.ts';
import type { WireProcess } from './process-api.ts';

/** A stored message as it crosses a door. */
export function presentMessage(message: Message): WireMessage {
  const wire: { -readonly [K in keyof WireMessage]: WireMessage[K] } = {
    id: message.id,
    state: message.state,
    gen: message.gen,
    attempt: message.attempt,
    maxAttempts: message.maxAttempts,
    from: message.from,
    to: message.inbox,
    inboxSeq: message.inboxSeq,
    subject: message.subject ?? null,
    bodyType: message.bodyType,
    bodyText: message.body,
    kind: message.kind,
    priority: message.priority,
    threadId: message.threadId,
    createdAt: instant(message.createdAt),
    leaseExpiresAt: message.leaseExpiresAt === undefined ? null : instant(message.leaseExpiresAt),
  };
  if (message.via !== undefined) wire.via = message.via;
  if (message.replyTo !== undefined) wire.replyTo = message.replyTo;
  if (message.orderingKey !== undefined) wire.orderingKey = message.orderingKey;
  if (message.idempotencyKey !== undefined) wire.idempotencyKey = message.idempotencyKey;
  if (message.state === 'scheduled') wire.readyAt = instant(message.readyAt);
  if (message.expiresAt !== undefined) wire.expiresAt = instant(message.expiresAt);
  if (message.ackByAt !== undefined) wire.ackByAt = instant(message.ackByAt);
  if (message.leasedAt !== undefined) wire.leasedAt = instant(message.leasedAt);
  if (message.settledAt !== undefined) wire.settledAt = instant(message.settledAt);
  if (message.provenance !== undefined) wire.provenance = message.provenance;
  return wire;
}

/** Characters of a body that go into a digest. */
const digestChars = 200;

export function presentDigest(message: Message): MessageDigest {
  const { id, inboxSeq, from, kind, priority, subject, bodyText } = presentMessage(message);
  // A part of a JSON text is text.
  return { id, inboxSeq, from, kind, priority, subject, bodyType: 'text', bodyText: bodyText.slice(0, digestChars) };
}

export function presentLine(message: Message): MessageLine {
  const { state, to, via, threadId, createdAt, attempt, settledAt } = presentMessage(message);
  return {
    ...presentDigest(message),
    state,
    to,
    threadId,
    createdAt,
    attempt,
    ...(via === undefined ? {} : { via }),
    ...(settledAt === undefined ? {} : { settledAt }),
  };
}

export function presentAgent({ createdAt, lastSeenAt, stateAt, ...agent }: Agent): WireAgent {
  return {
    ...agent,
    createdAt: instant(createdAt),
    ...(stateAt === undefined ? {} : { stateAt: instant(stateAt) }),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: instant(lastSeenAt) }),
  };
}

export function presentContext<C extends Omit<Context, 'value'>>({ updatedAt, expiresAt, ...context }: C) {
  const wire = { ...context, updatedAt: instant(updatedAt) };
  return expiresAt === undefined ? wire : { ...wire, expiresAt: instant(expiresAt) };
}

export function presentMission({ createdAt, updatedAt, droppedAt, ...mission }: Mission): WireMission {
  const dropped = droppedAt === undefined ? {} : { droppedAt };
  const wire = {
    ...mission,
    state: stateOf({ ...mission, ...dropped }),
    next: nextUnits(mission),
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
  };
  return droppedAt === undefined ? wire : { ...wire, droppedAt: instant(droppedAt) };
}

/** The nonce stays here: whoever knows it could pass a process of his own off as the agent's. */
export function presentProcess(life: AgentProcess, attach?: readonly string[]): WireProcess {
  const { agent, incarnation, host, command, cwd, policy, cause, state, identity, exit } = life;
  return {
    id: agent,
    incarnation,
    state,
    host,
    // A key on a command line is a mistake that need not be told on.
    command: command.map((word) => redact(word).text),
    cwd,
    restart: policy,
    cause,
    createdAt: instant(life.createdAt),
    ...(identity === undefined ? {} : { pid: identity.pid }),
    ...(life.startedAt === undefined ? {} : { startedAt: instant(life.startedAt) }),
    ...(life.endedAt === undefined ? {} : { endedAt: instant(life.endedAt) }),
    ...(exit === undefined ? {} : { exit }),
    ...(life.restartAt === undefined ? {} : { restartAt: instant(life.restartAt) }),
    ...(attach === undefined ? {} : { attach }),
  };
}

/** Every number of a receipt is an instant. */
export function presentReceipt(receipt: Receipt): WireReceipt {
  const entries = Object.entries(receipt).map(([key, value]) => [
    key,
    typeof value === 'number' ? instant(value) : value,
  ]);
  return Object.fromEntries(entries) as WireReceipt; // every number of a receipt is an instant
}

export function presentHandOff({ offeredAt, expiresAt, settledAt, leases, ...handOff }: HandOff): WireHandOff {
  const wire = {
    ...handOff,
    offeredAt: instant(offeredAt),
    expiresAt: instant(expiresAt),
    leases: leases.map(({ leaseExpiresAt, ...lease }) => ({ ...lease, leaseExpiresAt: instant(leaseExpiresAt) })),
  };
  return settledAt === undefined ? wire : { ...wire, settledAt: instant(settledAt) };
}

export function presentEvent(event: WaggleEvent): WireEvent {
  return { ...event, at: instant(event.at), data: presentFacts(event.data) };
}

/** Facts of an event: what ends in `At` is an instant there as everywhere. */
export function presentFacts(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      key.endsWith('At') && typeof value === 'number' ? instant(value) : value,
    ]),
  );
}

/** Instants written lately: the messages of one group share theirs, and writing a date is dear. */
const written = new Map<number, string>();
const mostWritten = 256;

/** ISO 8601 UTC. */
export function instant(ms: number): string {
  const known = written.get(ms);
  if (known !== undefined) return known;
  const text = new Date(ms).toISOString();
  if (written.size >= mostWritten) written.clear();
  written.set(ms, text);
  return text;
}
