import { z } from 'zod';
import type { OperationTable } from '../operation.ts';

export function hubOperations(): Pick<OperationTable, 'hub.status' | 'hub.stop'> {
  return {
    'hub.status': {
      name: 'hub.status',
      access: { action: 'hub.read' },
      repeat: 'safe',
      summary: 'Where the hub listens, since when, and how its store is.',
      http: { method: 'GET', path: '/v1/status' },
      input: z.strictObject({}),
      async run(hub, _input, { caller }) {
        const status = await hub.status();
        // The code makes whoever opens the page the operator.
        return caller.role === 'operator' ? { ...status, dashboard: hub.dashboardAddress() } : status;
      },
    },
    'hub.stop': {
      name: 'hub.stop',
      access: { action: 'hub.control', isControl: true },
      repeat: 'safe',
      summary: 'Finish what was accepted, then exit.',
      http: { method: 'POST', path: '/v1/stop', status: 202 },
      input: z.strictObject({}),
      async run(hub) {
        hub.requestStop();
        return { stopping: true };
      },
    },
  };
}
