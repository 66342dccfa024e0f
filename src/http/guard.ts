import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { WaggleError } from '../errors.ts';
import { type Caller, operator } from '../hub/operation.ts';

/**
 * Who may speak to the hub, decided before anything of a request is read. Host and Origin are checked first: they keep
 * a web page in the operator's browser out (DNS rebinding, CSRF) even when it has somehow learned the token.
 */
export interface Guard {
  /** `forbidden` for a foreign Host or Origin, doubled Host headers or an absolute request target. */
  checkOrigin(request: IncomingMessage): void;
  /** `unauthorized`, without saying why, unless the bearer token is right. */
  authenticate(request: IncomingMessage): Caller;
}

/** A request over the unix socket carries any of these as Host; over TCP it must name the hub's own address. */
const socketHosts = new Set(['waggle', 'localhost']);

export interface GuardOptions {
  /** The operator's. */
  readonly token: string;
  readonly port: () => number | undefined;
  /** Whose token this is, of those the hub minted. */
  readonly identify?: (token: string) => Caller | undefined;
}

export function createGuard(options: GuardOptions): Guard {
  const expected = digest(options.token);
  const ownHosts = () => {
    const port = options.port();
    return port === undefined ? [] : [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  };
  return {
    checkOrigin(request) {
      const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
      const host = request.headers.host ?? '';
      const overTcp = request.socket.remoteAddress !== undefined;
      const known = ownHosts().includes(host) || (!overTcp && socketHosts.has(host));
      if (hosts !== 1 || !known) throw forbidden('Host', host);
      if (request.url?.startsWith('/') !== true) throw forbidden('request target', request.url ?? '');
      const { origin } = request.headers;
      if (origin !== undefined && !ownHosts().some((own) => origin === `http://${own}`))
        throw forbidden('Origin', origin);
    },
    authenticate(request) {
      const header = request.headers.authorization ?? '';
      const token = header.startsWith('Bearer ') ? header.slice(7) : '';
      if (timingSafeEqual(digest(token), expected)) return operator;
      const caller = options.identify?.(token);
      if (caller !== undefined) return caller;
      throw new WaggleError('unauthorized', 'the bearer token is missing or wrong; it is in the file .waggle/token');
    },
  };
}

/** Hashed first, so that the comparison takes the same time whatever the length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function forbidden(what: string, value: string): WaggleError {
  return new WaggleError('forbidden', `${what}: ${JSON.stringify(value)} is not this hub`, {
    details: { field: what, value },
  });
}
