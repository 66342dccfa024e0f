import { z } from 'zod';
import type { MessageLimits } from '../../message/limits.ts';
import { count } from '../fields.ts';
import type { OperationTable } from '../operation.ts';
import { instant } from '../present.ts';

export function auditOperations(limits: MessageLimits): Pick<OperationTable, 'audit.list' | 'audit.verify'> {
  return {
    'audit.list': {
      name: 'audit.list',
      access: { action: 'audit.read' },
      repeat: 'safe',
      summary: 'Who did or tried what: refusals and the operator’s controls, newest first.',
      http: { method: 'GET', path: '/v1/audit' },
      input: z.strictObject({
        limit: count(limits.leaseCount).exactOptional(),
        before: count(Number.MAX_SAFE_INTEGER).exactOptional(),
        actor: z.string('must be text').max(64, 'must be at most 64 characters').exactOptional(),
        outcome: z.enum(['done', 'refused', 'failed'], 'must be one of done, refused, failed').exactOptional(),
      }),
      async run(hub, { limit = 100, ...rest }) {
        const entries = await hub.store.audit.list({ limit, ...rest });
        const last = entries.length === limit ? entries.at(-1)?.seq : undefined;
        return {
          entries: entries.map(({ at, ...entry }) => ({ ...entry, at: instant(at) })),
          ...(last === undefined || last === 1 ? {} : { next: last }),
        };
      },
    },
    'audit.verify': {
      name: 'audit.verify',
      access: { action: 'audit.read' },
      repeat: 'safe',
      summary: 'Prove that no row of the audit log was changed, moved, taken out or cut off.',
      http: { method: 'POST', path: '/v1/audit/verify' },
      waits: true,
      input: z.strictObject({}),
      async run(hub) {
        const report = await hub.audit.verify();
        return { ok: report.problems.length === 0, ...report };
      },
    },
  };
}
