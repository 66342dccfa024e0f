import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installSidePackages, type SidePackages, sideFolderOf } from '../scripts/side-packages.ts';

/** What is measured beside Waggle, exactly these versions; it lives in the user's cache, not among the repository's packages. */
export const peerVersions: Readonly<Record<string, string>> = {
  '@nats-io/jetstream': '3.4.0',
  '@nats-io/transport-node': '3.4.0',
  'better-sqlite3': '13.2.0',
  bullmq: '6.7.0',
  'graphile-worker': '0.18.0',
  ioredis: '5.8.2',
  'pg-boss': '12.38.0',
  plainjob: '0.0.14',
};

const peers: SidePackages = { folder: 'waggle-bench', versions: peerVersions };
export const sideFolder = sideFolderOf(peers);

/** Installs the peers once. */
export function installPeers(say: (line: string) => void): void {
  installSidePackages(peers, say);
}

/** Loads a peer from the side folder. The caller says what it uses of it; nothing checks that but the run. */
export function loadPeer<T>(packages: string, name: string): T {
  const require = createRequire(join(packages, 'package.json'));
  return require(name) as T; // the interface in the peer's file, written from its documentation
}

/** Debian packages of the servers, installed when missing and we may. Answers those that are still not there. */
export function installServers(commands: Readonly<Record<string, string>>, say: (line: string) => void): string[] {
  const missing = () => Object.keys(commands).filter((command) => !hasCommand(command));
  const first = missing();
  if (first.length > 0 && process.getuid?.() === 0 && hasCommand('apt-get')) {
    const names = first.map((command) => commands[command] ?? command);
    say(`installing ${names.join(', ')} with apt-get`);
    try {
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
        stdio: 'ignore',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    } catch (error) {
      say(`apt-get failed: ${String(error)}`);
    }
  }
  return missing();
}

function hasCommand(command: string): boolean {
  return serverPath(command) !== undefined;
}

/** The file of a server's program; Debian keeps PostgreSQL's out of the way, versions apart. */
export function serverPath(command: string): string | undefined {
  const postgres = [17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin`);
  const places = [...postgres, ...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return places.map((place) => join(place, command)).find((file) => existsSync(file));
}
