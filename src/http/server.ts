import { chmodSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { errorKinds, toWaggleError, WaggleError } from '../errors.ts';
import type { DoorLimits } from '../hub/config.ts';
import type { Hub } from '../hub/hub.ts';
import type { PageSessions } from '../hub/page-sessions.ts';
import { createApp } from './app.ts';
import { isStreamUpgrade, serveFrames } from './frame-stream.ts';
import { createGuard } from './guard.ts';
import { PageFiles } from './page-files.ts';
import { problemResponse } from './problem.ts';
import { RefusedPeers } from './refused-peers.ts';

/** How long a closing hub waits for peers to read their last answers. */
const lingerMs = 1_000;
/** How long a connection over the limit may take to hear that it is. */
const surplusMs = 2_000;

export interface HubServerOptions {
  readonly hub: Hub;
  readonly token: string;
  readonly pages: PageSessions;
  /** Where the build of the dashboard is. */
  readonly pageFolder: string;
  readonly version: string;
  /** Path of the unix socket. Whatever is there is left over: the writer lock is already held. */
  readonly socket: string;
  /** Wanted TCP port on 127.0.0.1; a busy one gives a free one. */
  readonly port: number;
  readonly doors: DoorLimits;
}

export interface HubServer extends AsyncDisposable {
  readonly url: string;
  /** Clients connected now, on either door. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Opens the hub's doors: a unix socket only its owner may open, and 127.0.0.1. */
export async function openHubServer(options: HubServerOptions): Promise<HubServer> {
  let port: number | undefined;
  const { hub, doors } = options;
  const guard = createGuard({
    token: options.token,
    pages: options.pages,
    port: () => port,
    identify: (token) => hub.identities.authenticate(token),
  });
  const refused = new RefusedPeers(hub.clock, hub.audit, doors);
  const app = createApp(hub, guard, {
    version: options.version,
    eventStreams: doors.eventStreams,
    refused,
    page: new PageFiles(options.pageFolder),
    pages: options.pages,
  });
  const connections = new Set<Socket>();
  /** Over the limit: answered with `busy`, then closed. */
  const surplus = new WeakSet<Socket>();
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const open = () => {
    const server = createServer(
      {
        maxHeaderSize: doors.headerBytes,
        headersTimeout: doors.headersTimeoutMs,
        requestTimeout: Math.max(doors.requestTimeoutMs, doors.headersTimeoutMs),
        connectionsCheckingInterval: Math.min(1_000, doors.headersTimeoutMs),
      },
      (request, response) => {
        if (surplus.has(request.socket)) refuseRequest(response, tooMany(doors.connections));
        else void listener(request, response);
      },
    );
    const ours = new Set<Socket>();
    server.on('connection', (socket) => {
      if (ours.size >= doors.connections) surplus.add(socket);
      else ours.add(socket);
      // Who is told to come back is told so quickly, or not at all: telling must not cost what it saves.
      if (surplus.has(socket)) socket.setTimeout(surplusMs, () => socket.destroy());
      connections.add(socket);
      socket.on('close', () => {
        connections.delete(socket);
        ours.delete(socket);
      });
    });
    server.maxConnections = 2 * doors.connections;
    server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      // Errors of a peer that hangs up are its own business.
      socket.on('error', () => socket.destroy());
      if (surplus.has(request.socket)) {
        refuseUpgrade(request, socket, tooMany(doors.connections));
        return;
      }
      try {
        guard.checkOrigin(request);
        const caller = guard.authenticate(request);
        if (isStreamUpgrade(request)) serveFrames(hub, caller, socket, head);
        else refuseUpgrade(request, socket, notServed(request));
      } catch (error) {
        const refusal = toWaggleError(error);
        void refused.note(request, refusal).then(() => refuseUpgrade(request, socket, refusal));
      }
    });
    return server;
  };
  const local = open();
  const tcp = open();
  rmSync(options.socket, { force: true });
  const umask = process.umask(0o177);
  try {
    await listen(local, { path: options.socket });
  } finally {
    process.umask(umask);
  }
  chmodSync(options.socket, 0o600);
  const { ino } = statSync(options.socket);
  port = await listenOnPort(tcp, options.port);

  let closing: Promise<void> | undefined;
  const close = async () => {
    const putBack = keepSocketOfAnother(options.socket, ino);
    const ended = [local, tcp].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    // The last answers are still on their way through this turn; they leave before their connections do.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of connections) connection.destroySoon();
    // Who does not read what is meant for it holds nobody up.
    const cancel = hub.clock.setTimer(lingerMs, () => {
      for (const connection of connections) connection.destroy();
    });
    await Promise.all(ended);
    putBack();
    cancel();
  };
  const server: HubServer = {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return connections.size;
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => server.close(),
  };
  return server;
}

/**
 * Closing a listening socket removes its path, whoever listens there by now. A hub that was replaced must not take the
 * address of the one that replaced it: it keeps that socket under another name meanwhile.
 */
function keepSocketOfAnother(path: string, ownInode: number): () => void {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  if (inode === undefined || inode === ownInode) return () => {};
  const kept = `${path}.${process.pid}.kept`;
  linkSync(path, kept);
  return () => renameSync(kept, path);
}

async function listenOnPort(server: Server, wanted: number): Promise<number> {
  try {
    await listen(server, { host: '127.0.0.1', port: wanted });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') || wanted === 0) throw error;
    await listen(server, { host: '127.0.0.1', port: 0 });
  }
  return (server.address() as AddressInfo).port; // a TCP server that listens has one
}

function listen(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function notServed({ url }: IncomingMessage): WaggleError {
  return new WaggleError('not_found', `upgrade of ${String(url)} is not served`, {});
}

function tooMany(limit: number): WaggleError {
  return new WaggleError('busy', `the hub has its ${limit} connections (doors.connections); close one or retry`, {
    details: { limit, retryAfterMs: 1_000 },
  });
}

function refuseRequest(response: ServerResponse, error: WaggleError): void {
  const problem = problemResponse(error);
  response.writeHead(problem.status, { ...Object.fromEntries(problem.headers), connection: 'close' });
  void problem.text().then((text) => response.end(text));
}

function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: WaggleError): void {
  const { http } = errorKinds[error.code];
  const body = JSON.stringify({ error: error.toDocument() });
  socket.end(
    `HTTP/1.1 ${http} ${error.code}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  request.resume();
}
