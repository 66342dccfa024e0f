import { type FoundProcess, judgeIdentity, type ProcessTable, processesWithNonce } from './identity.ts';
import type { ProcessIdentity } from './process.ts';
import type { AgentSignal, SignalOutcome } from './process-host.ts';

const signalNames = { interrupt: 'SIGINT', terminate: 'SIGTERM', kill: 'SIGKILL' } as const;

/** To the group that this process leads, which must have been recognised just now. False when there is none any more. */
export function signalGroup(group: number, signal: AgentSignal): boolean {
  try {
    process.kill(-group, signalNames[signal]);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Members of an agent's group that outlived it, known by the nonce they inherited. */
export function leftoversOf(
  identity: ProcessIdentity | undefined,
  nonce: string,
  table: ProcessTable,
): readonly FoundProcess[] {
  if (identity === undefined) return [];
  return processesWithNonce(nonce, table).filter(({ isShim, group }) => !isShim && group === identity.pid);
}

/** To the group of this very process, if it is there; else to what outlived it. Where that cannot be told nobody is signalled. */
export function signalLife(
  identity: ProcessIdentity | undefined,
  nonce: string,
  signal: AgentSignal,
  table: ProcessTable,
): SignalOutcome {
  if (identity === undefined) return 'unknown';
  const verdict = judgeIdentity(identity, nonce, table);
  if (verdict === 'unknown') return 'unknown';
  if (verdict === 'same') return signalGroup(identity.pid, signal) ? 'sent' : 'gone';
  return signalLeftovers(identity, nonce, signal, table);
}

/** A group keeps its number while it has members, and these are known to be ours. */
export function signalLeftovers(
  identity: ProcessIdentity | undefined,
  nonce: string,
  signal: AgentSignal,
  table: ProcessTable,
): SignalOutcome {
  if (identity === undefined || leftoversOf(identity, nonce, table).length === 0) return 'gone';
  return signalGroup(identity.pid, signal) ? 'sent' : 'gone';
}
