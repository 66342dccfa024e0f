import { existsSync, rmSync } from 'node:fs';
import { writeDurably } from '../durable-file.ts';
import type { SwarmDirectory } from './swarm-directory.ts';

type Marked = Pick<SwarmDirectory, 'downMark'>;

/** Somebody asked for the hub to be down: until one is started by a person or a call, nothing starts it by itself. */
export function markDown({ downMark }: Marked): void {
  writeDurably(downMark, '');
}

export function clearDownMark({ downMark }: Marked): void {
  rmSync(downMark, { force: true });
}

export function isMarkedDown({ downMark }: Marked): boolean {
  return existsSync(downMark);
}
