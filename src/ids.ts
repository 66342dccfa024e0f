import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;
/** `msg_` + UUIDv7. Opaque to users; the store reads its own row address back out of it. */
export type MessageId = string & { readonly [brand]: 'MessageId' };

/** Where an id says its row is: the change sequence of the accept, and the stamp that must match the row. */
export interface MessageAddress {
  readonly seq: number;
  readonly createdAt: number;
  readonly salt: number;
}

export const agentIdPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Thread ids, idempotency keys and ordering keys: printable, no spaces, no path separators. */
export const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._:@+=-]{0,127}$/;

const messageIdPattern = /^msg_([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/;
const saltBits = 21;
export const maxSalt = 2 ** saltBits - 1;

/**
 * UUIDv7 (RFC 9562 §5.7) whose 74 free bits hold 21 bits that name the swarm and the 53-bit change sequence. The
 * sequence is unique and rising, so no index on the id is needed: an id is its row's address (decision 0003).
 */
export function encodeMessageId(address: MessageAddress): MessageId {
  const { createdAt, seq, salt } = address;
  const high = Math.floor(seq / 2 ** 48);
  const group3 = hex16(0x7000 | (salt >>> 9));
  const group4 = hex16(0x8000 | (high << 9) | (salt & 0x1ff));
  const time = `${hex32(Math.floor(createdAt / 2 ** 16))}-${hex16(createdAt % 2 ** 16)}`;
  const group5 = hex16(Math.floor((seq % 2 ** 48) / 2 ** 32)) + hex32(seq % 2 ** 32);
  return `msg_${time}-${group3}-${group4}-${group5}` as MessageId; // built to the pattern
}

/** The same for an entry of the outbox: also what receivers know it by. */
export function encodeOutboxId(address: MessageAddress): string {
  return `out_${encodeMessageId(address).slice('msg_'.length)}`;
}

/** The address inside an id, or undefined when the text is not a message id at all. */
export function decodeMessageId(text: string): MessageAddress | undefined {
  const match = messageIdPattern.exec(text);
  if (match === null) return undefined;
  const [, time1 = '', time2 = '', salt1 = '', group4 = '', group5 = ''] = match;
  const tail = Number.parseInt(group4, 16) & 0x3fff;
  return {
    createdAt: Number.parseInt(time1 + time2, 16),
    salt: Number.parseInt(salt1, 16) * 512 + (tail & 0x1ff),
    seq: (tail >>> 9) * 2 ** 48 + Number.parseInt(group5, 16),
  };
}

/** A fresh swarm id and secrets: the only place that asks the operating system for randomness. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** A secret that fits into a header and a shell word: base64url without padding. */
export function randomBase64Url(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** The 21 bits of a swarm that go into its message ids, from its id (hex). */
export function saltOf(swarmId: string): number {
  return Number.parseInt(swarmId.slice(0, 8), 16) & maxSalt;
}

/** From a table: `toString(16)` goes by way of doubles, and every message makes an id. */
const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex16(value: number): string {
  return `${bytes[value >>> 8]}${bytes[value & 0xff]}`;
}

function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value & 0xffff);
}
