import type { MessageLimits } from '../message/limits.ts';
import type { OperationTable } from './operation.ts';
import { agentOperations } from './operations/agent-operations.ts';
import { auditOperations } from './operations/audit-operations.ts';
import { contextOperations } from './operations/context-operations.ts';
import { deliveryOperations } from './operations/delivery-operations.ts';
import { handOffOperations } from './operations/hand-off-operations.ts';
import { hubOperations } from './operations/hub-operations.ts';
import { listingOperations } from './operations/listing-operations.ts';
import { messageOperations } from './operations/message-operations.ts';
import { missionOperations } from './operations/mission-operations.ts';
import { monitorOperations } from './operations/monitor-operations.ts';
import { outboxOperations } from './operations/outbox-operations.ts';
import { processOperations } from './operations/process-operations.ts';
import { quarantineOperations } from './operations/quarantine-operations.ts';
import { queueOperations } from './operations/queue-operations.ts';
import { recoveryOperations } from './operations/recovery-operations.ts';
import { stressOperations } from './operations/stress-operations.ts';

/** Every operation of a hub with these limits. A new room adds its own table here and is at once behind every door. */
export function operationTable(limits: MessageLimits): OperationTable {
  return {
    ...messageOperations(limits),
    ...listingOperations(limits),
    ...queueOperations(limits),
    ...quarantineOperations(limits),
    ...agentOperations(limits),
    ...processOperations(),
    ...contextOperations(limits),
    ...missionOperations(),
    ...outboxOperations(limits),
    ...auditOperations(limits),
    ...deliveryOperations(limits),
    ...handOffOperations(limits),
    ...recoveryOperations(limits),
    ...monitorOperations(limits),
    ...stressOperations(),
    ...hubOperations(),
  };
}
