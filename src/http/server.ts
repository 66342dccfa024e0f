import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { errorKinds, toWaggleError, WaggleError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import { createApp } from './app.ts';
import { isStreamUpgrade, serveFrames } from './frame-stream.ts';
import { createGuard } from './guard.ts';

/** How long a closing hub waits for peers to read their last answers. */
const lingerMs = 1_000;

export interface HubServerOptions {
  readonly hub: Hub;
  readonly token: string;
  readonly version: string;
  /** Path of the unix socket. Whatever is there is left over: the writer lock is already held. */
  readonly socket: string;
  /** Wanted TCP port on 127.0.0.1; a busy one gives a free one. */
  readonly port: number;
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
  const guard = createGuard({ token: options.token, port: () => port });
  const app = createApp(options.hub, guard, options.version);
  const connections = new Set<Socket>();
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const open = () => {
    const server = createServer(
      { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 30_000 },
      (request, response) => void listener(request, response),
    );
    server.maxConnections = 200;
    server.on('connection', (socket) => {
      connections.add(socket);
      socket.on('close', () => connections.delete(socket));
    });
    server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      // Errors of a peer that hangs up are its own business.
      socket.on('error', () => socket.destroy());
      try {
        guard.checkOrigin(request);
        const caller = guard.authenticate(request);
        if (!isStreamUpgrade(request))
          throw new WaggleError('not_found', `upgrade of ${String(request.url)} is not served`, {});
        serveFrames(options.hub, caller, socket, head);
      } catch (error) {
        refuseUpgrade(request, socket, toWaggleError(error));
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
  port = await listenOnPort(tcp, options.port);

  let closing: Promise<void> | undefined;
  const close = async () => {
    const ended = [local, tcp].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    // The last answers are still on their way through this turn; they leave before their connections do.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of connections) connection.destroySoon();
    // Who does not read what is meant for it holds nobody up.
    const cancel = options.hub.clock.setTimer(lingerMs, () => {
      for (const connection of connections) connection.destroy();
    });
    await Promise.all(ended);
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

function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: WaggleError): void {
  const { http } = errorKinds[error.code];
  const body = JSON.stringify({ error: error.toDocument() });
  socket.end(
    `HTTP/1.1 ${http} ${error.code}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  request.resume();
}
