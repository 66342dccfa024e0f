import { jsonLine } from '../../plain.ts';
import type { Store } from '../../store/store.ts';
import type { DeliveryDoor } from '../delivery-door.ts';

/**
 * Posts each message, text included, to a destination of the outbox. `injected` means that it is queued there for good: the
 * outbox sends it at least once under an id that stays, and tells by itself what it could not send.
 */
export function webhookDoor(store: Pick<Store, 'outbox' | 'transaction'>): DeliveryDoor {
  return {
    name: 'webhook',
    repeatable: true,
    cost: 'nothing',
    async look({ settings }) {
      const destination = await store.outbox.destination(settings['destination'] ?? '');
      if (destination === undefined)
        return { open: false, reason: `destination ${settings['destination'] ?? ''} does not exist` };
      if (destination.disabled !== undefined)
        return { open: false, reason: `destination ${destination.name} is disabled: ${destination.disabled}` };
      return { open: true };
    },
    async deliver({ agent, settings, messages }) {
      await store.transaction(async (tx) => {
        for (const message of messages) {
          const { id, gen, from, subject, body, bodyType, kind, priority, threadId, createdAt } = message;
          const told = { id, to: agent, from, subject: subject ?? null, kind, priority, threadId, bodyType };
          // Escaped, so that a receiver's log shows what it says.
          const payload = jsonLine(JSON.stringify({ ...told, body, createdAt: new Date(createdAt).toISOString() }));
          // Told once in a generation, also when the hub ends before it can write that down.
          await tx.outbox.put({
            destination: settings['destination'] ?? '',
            kind: 'message',
            payload,
            key: `${id}:${gen}`,
          });
        }
      });
      return { result: 'injected' };
    },
  };
}
