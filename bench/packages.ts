import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
export const sideFolder = join(cache, 'waggle-bench');

/** Installs the peers once; npm runs under this Node, because an older one would be given older peers. */
export function installPeers(say: (line: string) => void): void {
  const wanted = JSON.stringify({ private: true, dependencies: peerVersions }, undefined, 2);
  const manifest = join(sideFolder, 'package.json');
  const isThere = existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted;
  if (isThere && Object.keys(peerVersions).every((name) => existsSync(join(sideFolder, 'node_modules', name)))) return;
  say(`installing the peers into ${sideFolder}`);
  mkdirSync(sideFolder, { recursive: true });
  writeFileSync(manifest, wanted);
  const npm = join(fileURLToPath(new URL('../node_modules', import.meta.url)), '.bin');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error'], {
    cwd: sideFolder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH: `${npm}:${process.env['PATH'] ?? ''}` },
  });
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
