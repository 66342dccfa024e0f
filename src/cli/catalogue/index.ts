import type { CommandSpec } from '../command.ts';
import { auditCommands } from './audit.ts';
import { contextCommands } from './context.ts';
import { deliveryCommands } from './delivery.ts';
import { gettingStarted } from './getting-started.ts';
import { handOffCommands } from './hand-offs.ts';
import { hubCommands } from './hub.ts';
import { mcpCommands } from './mcp.ts';
import { messageCommands } from './messages.ts';
import { missionCommands } from './missions.ts';
import { monitoringCommands } from './monitoring.ts';
import { processCommands } from './processes.ts';
import { queueCommands } from './queue.ts';
import { rescueCommands } from './rescue.ts';
import { stressCommands } from './stress.ts';

/** Every command there is, in the order of the help page. */
export const catalogue: readonly CommandSpec[] = [
  ...gettingStarted,
  ...processCommands,
  ...messageCommands,
  ...queueCommands,
  ...contextCommands,
  ...missionCommands,
  ...handOffCommands,
  ...mcpCommands,
  ...deliveryCommands,
  ...rescueCommands,
  ...stressCommands,
  ...monitoringCommands,
  ...auditCommands,
  ...hubCommands,
];
