import { hash } from 'node:crypto';
import { z } from 'zod';
import { invalidInput, WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import type { MessageLimits } from '../../message/limits.ts';
import type { AcceptRequest } from '../../message/message-store.ts';
import type { Tx } from '../../store/store.ts';
import type { ImportInput } from '../api.ts';
import { agentId, label, priority } from '../fields.ts';
import type { OperationTable } from '../operation.ts';

/** Where entries go that name nobody. */
const homeless = 'recovered';
/** The sender of everything salvaged: who an entry claims to be from is provenance, never identity (guarantee G12). */
const sender = 'recovery';

export function recoveryOperations(limits: MessageLimits): Pick<OperationTable, 'recovery.import'> {
  return {
    'recovery.import': {
      name: 'recovery.import',
      access: { action: 'recovery.import', isControl: true, describe: ({ entries }) => `${entries.length} entries` },
      repeat: 'recounted',
      summary: 'Bring salvaged queue entries in, each once; ambiguous ones are kept but never delivered.',
      http: { method: 'POST', path: '/v1/recovery/import' },
      input: z.strictObject({
        entries: z
          .array(
            z.strictObject({
              key: label,
              to: agentId.nullable(),
              subject: z.string().max(limits.subjectBytes).exactOptional(),
              bodyText: z.string(),
              bodyType: z.enum(['text', 'json']),
              priority,
              state: z.enum(['ready', 'acked', 'dead', 'quarantined']),
              provenance: z.record(z.string(), z.unknown()),
            }),
          )
          .max(limits.batch),
        addAgents: z.boolean().exactOptional(),
      }),
      run: (hub, { entries, addAgents = false }) =>
        hub.store.transaction(async (tx) => {
          const agentsAdded = addAgents ? await addMissingAgents(tx, entries) : [];
          let imported = 0;
          for (const entry of entries) {
            if (await importOne(tx, entry, limits)) imported += 1;
            failpoint('recovery.import.entry');
          }
          if (imported > 0) await tx.events.append({ type: 'recovery.imported', data: { imported, agentsAdded } });
          return { imported, known: entries.length - imported, agentsAdded };
        }),
    },
  };
}

async function addMissingAgents(tx: Tx, entries: readonly ImportInput[]): Promise<string[]> {
  const known = new Set((await tx.agents.list()).map((agent) => agent.id));
  const added = [...new Set(entries.map((entry) => entry.to ?? homeless))].filter((id) => !known.has(id)).sort();
  for (const id of added) await tx.agents.add({ id, skills: [] });
  return added;
}

/** True when the entry is new. The key alone decides: an entry changed since its first import is not sent twice. */
async function importOne(
  tx: Tx,
  entry: ImportInput,
  { maxAttempts, bodyBytes: maxBodyBytes }: MessageLimits,
): Promise<boolean> {
  requireFit(entry, maxBodyBytes);
  const request: AcceptRequest = {
    inboxes: [entry.to ?? homeless],
    from: sender,
    body: entry.bodyText,
    bodyType: entry.bodyType,
    kind: 'text',
    priority: entry.priority,
    idempotencyKey: entry.key,
    contentHash: hash('sha256', entry.key),
    maxAttempts,
    provenance: entry.provenance,
    ignoreInboxLimits: true,
    ...(entry.subject === undefined
      ? {}
      : { subject: entry.subject.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').toWellFormed() }),
    ...(entry.state === 'ready' ? {} : { state: entry.state }),
  };
  try {
    const [receipt] = await tx.messages.accept([request]);
    return receipt?.duplicate === false;
  } catch (error) {
    if (error instanceof WaggleError && error.code === 'not_found') {
      throw new WaggleError('not_found', `${error.message} (an entry of the file is addressed to it)`, {
        details: error.details,
        cause: error,
      });
    }
    throw error;
  }
}

/** What is delivered later must be what a send could have brought; only what is kept aside may be larger. */
function requireFit({ bodyText, bodyType, state, key }: ImportInput, maxBytes: number): void {
  if (!bodyText.isWellFormed()) throw invalidInput('bodyText', key, 'must not hold lone surrogates');
  const bytes = Buffer.byteLength(bodyText);
  if (state !== 'quarantined' && bytes > maxBytes) {
    throw new WaggleError('payload_too_large', `bodyText of ${key}: ${bytes} bytes, at most ${maxBytes} are accepted`, {
      details: { field: 'bodyText', bytes, limit: maxBytes },
    });
  }
  if (bodyType === 'text') return;
  try {
    JSON.parse(bodyText);
  } catch {
    throw invalidInput('bodyText', key, 'must be JSON when bodyType is json');
  }
}
