import { z } from 'zod';
import { agentIdPattern, labelPattern } from '../ids.ts';
import { type MessageLimits } from '../message/limits.ts';
import { priorities } from '../message/message.ts';

/** The fields that several operations share, each with the sentence its refusal is told in. */
export const agentId = z
  .string('must be text')
  .regex(agentIdPattern, 'must be 1–64 of a–z, 0–9, dot, underscore or dash, starting with a letter or digit');

export const recipient = z
  .string('must be text')
  .regex(
    /^(?:(?:role|skill):)?[a-z0-9][a-z0-9._-]{0,63}$/,
    'must be an agent id, role:NAME, skill:NAME or all (lower case letters, digits, dot, underscore, dash)',
  );

/** Roles and skills follow the rule of agent ids, so that `role:NAME` can always be written. */
export const word = agentId;

export const label = z
  .string('must be text')
  .regex(labelPattern, 'must be 1–128 letters, digits or . _ : @ + = - without spaces or slashes');

export const messageId = z
  .string('must be text')
  .regex(/^msg_[0-9a-f-]{36}$/, 'must be a message id such as msg_0190…');

export const gen = z
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(Number.MAX_SAFE_INTEGER);

export const priority = z.enum(priorities, `must be one of ${priorities.join(', ')}`);

/** Text shown to people: no lone surrogates, no control characters but tab. */
export function line(maxBytes: number) {
  return z
    .string('must be text')
    .refine((text) => text.isWellFormed(), 'must not hold lone surrogates')
    .refine(
      (text) => !/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(text),
      'must not hold control characters or line breaks',
    )
    .refine((text) => Buffer.byteLength(text) <= maxBytes, `must be at most ${maxBytes} bytes`);
}

export function durationMs(max: number) {
  return z
    .number('must be a number of milliseconds')
    .int('must be whole milliseconds')
    .min(0, 'must not be negative')
    .max(max, `must be at most ${max} ms`);
}

export function count(max: number) {
  return z
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(max, `must be at most ${max}`);
}

export function page(limits: MessageLimits) {
  return { limit: count(limits.leaseCount).exactOptional(), after: messageId.exactOptional() };
}
