import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessIdentity } from './process.ts';

/** Every process we start carries it in its environment, and so do its children. */
export const nonceVariable = 'WAGGLE_NONCE';
/** Marks our own shims, which carry the nonce of the agent they serve. */
export const shimVariable = 'WAGGLE_SHIM';

/**
 * `same`: the process of the record, and it lives. `gone`: it has ended. `other`: its number belongs to a stranger now,
 * so it has ended. `unknown`: it cannot be told, and nothing may be done on a guess (guarantee G18).
 */
export type IdentityVerdict = 'same' | 'gone' | 'other' | 'unknown';

/** What the kernel tells of processes; another one in tests. */
export interface ProcessTable {
  /** Text of `/proc/<pid>/<file>`; throws as the file system does. */
  read(pid: number, file: 'stat' | 'environ'): string;
  pids(): readonly number[];
  /** Empty where the system does not tell. */
  bootId(): string;
}

export const systemProcesses: ProcessTable = {
  read: (pid, file) => readFileSync(`/proc/${pid}/${file}`, 'latin1'),
  pids: () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  bootId: () => {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch {
      return '';
    }
  },
};

export interface ProcessStat {
  /** One letter; `Z` has ended and waits to be collected, `X` is on its way out. */
  readonly state: string;
  readonly group: number;
  readonly startTime: string;
}

/** What a process that was just started is to be known by. Start time and boot are empty where the system tells neither. */
export function identityOf(pid: number, table: ProcessTable = systemProcesses): ProcessIdentity {
  const stat = look(() => parseStat(table.read(pid, 'stat')));
  return typeof stat === 'string'
    ? { pid, startTime: '', bootId: '' }
    : { pid, startTime: stat.startTime, bootId: table.bootId() };
}

export function judgeIdentity(
  { pid, startTime, bootId }: ProcessIdentity,
  nonce: string,
  table: ProcessTable = systemProcesses,
): IdentityVerdict {
  const currentBoot = table.bootId();
  if (startTime === '' || bootId === '' || currentBoot === '') return 'unknown';
  if (bootId !== currentBoot) return 'gone';
  const stat = look(() => parseStat(table.read(pid, 'stat')));
  if (typeof stat === 'string') return stat;
  if (stat.startTime !== startTime) return 'other';
  if (hasEnded(stat)) return 'gone';
  const environment = look(() => variablesOf(table.read(pid, 'environ')));
  if (typeof environment === 'string') return environment;
  // The start time says that it is ours; a program that rewrote its environment cannot say so itself.
  return environment.get(nonceVariable) === nonce ? 'same' : 'unknown';
}

/** False also for a process that is gone. */
export function isShim(pid: number, table: ProcessTable): boolean {
  const environment = look(() => variablesOf(table.read(pid, 'environ')));
  return typeof environment !== 'string' && environment.has(shimVariable);
}

export interface FoundProcess extends ProcessStat {
  readonly pid: number;
  readonly isShim: boolean;
}

/** Every living process that carries the nonce: what is left of an agent whose shim is gone. */
export function processesWithNonce(nonce: string, table: ProcessTable = systemProcesses): FoundProcess[] {
  return pidsOf(table).flatMap((pid) => {
    const environment = look(() => variablesOf(table.read(pid, 'environ')));
    if (typeof environment === 'string' || environment.get(nonceVariable) !== nonce) return [];
    const stat = look(() => parseStat(table.read(pid, 'stat')));
    if (typeof stat === 'string' || hasEnded(stat)) return [];
    return [{ ...stat, pid, isShim: environment.has(shimVariable) }];
  });
}

/** The text after the name: the name is in parentheses and may hold anything, parentheses and line breaks too. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group = ''] = fields;
  return { state, group: Number(group), startTime: fields[19] ?? '' };
}

function hasEnded({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X';
}

function variablesOf(text: string): ReadonlyMap<string, string> {
  const entries = text.split('\0').map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
  });
  return new Map(entries);
}

function pidsOf(table: ProcessTable): readonly number[] {
  try {
    return table.pids();
  } catch {
    return []; // a system without /proc: nothing is found, and what was recorded stays unknown
  }
}

/** A process may end between two looks; anything else that keeps us from looking is no answer. */
function look<T>(read: () => T): T | 'gone' | 'unknown' {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : 'unknown';
  }
}
