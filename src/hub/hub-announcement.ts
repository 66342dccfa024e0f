import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { writeDurably } from '../durable-file.ts';
import type { HubStatus } from './api.ts';
import type { SwarmDirectory } from './swarm-directory.ts';

/** What a hub leaves in `hub.json`: who it is and where it listens. */
export type HubAnnouncement = Pick<HubStatus, 'pid' | 'url' | 'socket' | 'version' | 'startedAt'>;

export function announceHub(directory: SwarmDirectory, status: HubStatus): void {
  const { pid, url, socket, version, startedAt } = status;
  const announcement: HubAnnouncement = { pid, url, socket, version, startedAt };
  writeDurably(directory.hubFile, `${JSON.stringify(announcement)}\n`);
}

/** Undefined when no hub has announced itself, or what is there cannot be read: then the computed address is all there is. */
export function readAnnouncement(directory: SwarmDirectory): Partial<HubAnnouncement> | undefined {
  try {
    const announcement: unknown = JSON.parse(readFileSync(directory.hubFile, 'utf8'));
    return typeof announcement === 'object' && announcement !== null ? announcement : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where a hub of this directory may listen, likeliest first. A path too long for a socket is replaced by one that
 * depends on the environment, and a client's is not always its hub's, so what the hub itself says comes first.
 */
export function hubSockets(directory: SwarmDirectory): string[] {
  const announced = readAnnouncement(directory)?.socket;
  const isUsable = typeof announced === 'string' && isAbsolute(announced) && announced !== directory.socket;
  return isUsable ? [announced, directory.socket] : [directory.socket];
}
