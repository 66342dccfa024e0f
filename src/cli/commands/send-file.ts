import { readFile } from 'node:fs/promises';
import { type ErrorCode, invalidInput, toWaggleError, WaggleError } from '../../errors.ts';
import type { SendInput } from '../../hub/api.ts';
import { parseStrictJson } from '../../json.ts';
import { renderJson } from '../../render-json.ts';
import { type Call, missingInput } from '../call.ts';
import type { Context } from '../command.ts';
import { decodeUtf8, receiptJson } from './send.ts';

/** Most wrong lines shown to a person; the details have them all. */
const shownErrors = 20;

const textFields = [
  'to',
  'from',
  'subject',
  'kind',
  'priority',
  'idempotencyKey',
  'threadId',
  'replyTo',
  'orderingKey',
  'ackBy',
];
const countFields = ['delayMs', 'ttlMs', 'maxAttempts'];
const fields = new Set([...textFields, ...countFields, 'body']);

interface LineError {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

interface Line {
  readonly number: number;
  readonly message: SendInput;
}

/** Sends a JSON Lines file in one commit: every line, or none and what is wrong with each. */
export async function sendFile(file: string, call: Call, context: Context): Promise<undefined> {
  if (call.optionalArg(0) !== undefined) {
    throw invalidInput('to', call.optionalArg(0), 'does not go with --file; each line of the file names its own');
  }
  for (const flag of [
    'subject',
    'priority',
    'thread',
    'reply-to',
    'delay',
    'ttl',
    'key',
    'ack-by',
    'kind',
    'ordering-key',
  ]) {
    if (call.text(flag) !== undefined) {
      throw invalidInput(`--${flag}`, call.text(flag), 'does not go with --file; each line says its own');
    }
  }
  const text = decodeUtf8(await readInput(file, context), '--file');
  const { lines, errors } = readLines(text, call.text('from'));
  if (errors.length > 0) throw linesRefused(errors, file);
  if (lines.length === 0) throw invalidInput('--file', file, 'holds no message; write one {"to","body"} a line');
  const swarm = await context.connect({ create: true });
  const receipts = await swarm.sendMany(lines.map((line) => line.message)).catch((error: unknown) => {
    throw nameLines(toWaggleError(error), lines, file);
  });
  if (context.json) {
    for (const receipt of receipts) context.output.json(renderJson(receiptJson(receipt)));
    return undefined;
  }
  if (!context.output.isTerminal) for (const receipt of receipts) context.output.line(receipt.id);
  else context.output.line(`${context.output.style.good('✓')} ${receipts.length} messages sent`);
  return undefined;
}

async function readInput(file: string, context: Context): Promise<Buffer> {
  if (file === '-') return context.readStdin();
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not_found' : 'unreadable_file'; // fs errors have a code
    throw new WaggleError(
      code,
      `--file: ${file} cannot be read (${error instanceof Error ? error.message : String(error)}); check the path`,
      {
        details: { field: '--file', value: file },
        cause: error,
      },
    );
  }
}

/** Every line that is not blank, with the number an editor shows. */
function readLines(text: string, from: string | undefined): { lines: Line[]; errors: LineError[] } {
  const lines: Line[] = [];
  const errors: LineError[] = [];
  for (const [index, source] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (source.trim() === '') continue;
    try {
      const message = checkMessage(parseStrictJson(source, { sourceKey: 'body' }));
      lines.push({
        number: index + 1,
        message: from === undefined || message.from !== undefined ? message : { ...message, from },
      });
    } catch (error) {
      const { code, message } = toWaggleError(error);
      errors.push({ line: index + 1, code, message });
    }
  }
  return { lines, errors };
}

/** Only the shape: what the values may be is for the hub to say, in one place for every door. */
function checkMessage(value: unknown): SendInput {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput('line', value, 'is not an object like {"to":"reviewer","body":"…"}');
  }
  for (const [field, given] of Object.entries(value)) {
    if (!fields.has(field))
      throw invalidInput(field, given, `is not a field of a message; known are ${[...fields].join(', ')}`);
    if (textFields.includes(field) && typeof given !== 'string') throw invalidInput(field, given, 'must be a string');
    if (countFields.includes(field) && !(Number.isSafeInteger(given) && Number(given) >= 0)) {
      throw invalidInput(field, given, 'must be a whole number, not negative');
    }
  }
  if (!('to' in value)) throw missingInput('to', 'name an agent, role:x, skill:x or all');
  if (!('body' in value)) throw missingInput('body', 'a string, or any JSON value');
  return value as SendInput; // every field was checked above
}

function linesRefused(errors: readonly LineError[], file: string, code: ErrorCode = 'invalid_input'): WaggleError {
  const shown = errors.slice(0, shownErrors).map((error) => `line ${error.line}: ${error.message}`);
  const more = errors.length > shownErrors ? [`… and ${errors.length - shownErrors} more`] : [];
  const count = errors.length === 1 ? '1 line' : `${errors.length} lines`;
  return new WaggleError(
    code,
    `${count} of ${file} cannot be sent, so nothing was sent\n  ${[...shown, ...more].join('\n  ')}`,
    { details: { file, wrong: errors.length, errors } },
  );
}

/** The hub names a message by its place in the request; the user knows it by its line. */
function nameLines(error: WaggleError, lines: readonly Line[], file: string): WaggleError {
  const errors = placesIn(error, lines).flatMap(({ index, ...told }) => {
    const line = lines[index]?.number;
    return line === undefined ? [] : [{ line, ...told }];
  });
  if (errors.length === 0) return error;
  return linesRefused(errors, file, error.code);
}

interface Place {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

/** `details.errors` of a refused batch, or the messages that hold the one value a store would not take. */
function placesIn({ code, message, details }: WaggleError, lines: readonly Line[]): Place[] {
  const { errors, field, value } = details;
  if (Array.isArray(errors)) {
    return errors.map((told: Partial<Place>) => ({
      index: Number(told.index),
      code: String(told.code),
      message: String(told.message),
    }));
  }
  if (typeof field !== 'string' || value === undefined) return [];
  return lines.flatMap((line, index) => {
    const isMeant = Object.entries(line.message).some(([name, given]) => name === field && given === value);
    return isMeant ? [{ index, code, message }] : [];
  });
}
