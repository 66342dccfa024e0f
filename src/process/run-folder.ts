import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolderDurably, syncFolder, writeDurably } from '../durable-file.ts';
import type { ProcessExit, ProcessIdentity } from './process.ts';
import type { Launch, Life } from './process-host.ts';

/** What is on disk once the program runs: how to know it, and its shim, again. */
export interface StartRecord {
  readonly identity: ProcessIdentity;
  /** Who writes down its end; absent where the host sees that by itself. */
  readonly shim?: ProcessIdentity;
}

/** How it ended, or that it never ran. */
export interface EndRecord {
  readonly exit: ProcessExit;
  readonly neverRan?: boolean;
}

/**
 * What hub and shim tell each other about one life, on disk, so that either may die at any moment. Each file is written
 * once and is whole or absent:
 *
 *   launch.json   by the hub, before it starts anything
 *   claim         by whoever is first: the shim, which may then start the program, or a hub, and then nobody may
 *   start.json    by the shim, once the program runs
 *   end.json      by the shim, once it has ended
 */
export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The nonce keeps lives apart whose incarnation was given out twice, as after the restore of a backup. */
  static of(agents: string, { agent, incarnation, nonce }: Pick<Life, 'agent' | 'incarnation' | 'nonce'>): RunFolder {
    return new RunFolder(join(agents, agent, `${incarnation}-${nonce.slice(0, 8)}`));
  }

  get exists(): boolean {
    return existsSync(this.path);
  }

  writeLaunch(launch: Launch): void {
    makeFolderDurably(this.path);
    writeDurably(this.#file('launch.json'), JSON.stringify(launch));
  }

  readLaunch(): Launch {
    return JSON.parse(readFileSync(this.#file('launch.json'), 'utf8')) as Launch; // written above
  }

  /** It holds the agent's environment, which nobody needs on disk once the program has it. */
  dropLaunch(): void {
    rmSync(this.#file('launch.json'), { force: true });
  }

  /** True for exactly one of all who ever ask. */
  claim(by: ProcessIdentity | undefined): boolean {
    let file: number;
    try {
      file = openSync(this.#file('claim'), 'wx', 0o600);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
    writeFileSync(file, by === undefined ? 'void' : JSON.stringify(by));
    closeSync(file);
    syncFolder(this.path);
    return true;
  }

  /** Who claimed it: the shim, `void` for nobody, `unreadable` for one who died or is still writing. */
  readClaim(): ProcessIdentity | 'void' | 'unreadable' {
    const text = readFileSync(this.#file('claim'), 'utf8');
    if (text === 'void') return 'void';
    try {
      return JSON.parse(text) as ProcessIdentity; // written above
    } catch {
      return 'unreadable';
    }
  }

  recordStart(start: StartRecord): void {
    writeDurably(this.#file('start.json'), JSON.stringify(start));
  }

  readStart(): StartRecord | undefined {
    return this.#read('start.json') as StartRecord | undefined; // written above
  }

  recordEnd(end: EndRecord): void {
    writeDurably(this.#file('end.json'), JSON.stringify(end));
  }

  readEnd(): EndRecord | undefined {
    return this.#read('end.json') as EndRecord | undefined; // written above
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Undefined only when it is not there; what cannot be read throws. */
  #read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(this.#file(name), 'utf8'));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #file(name: string): string {
    return join(this.path, name);
  }
}
