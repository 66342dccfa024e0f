import type { IncomingMessage } from 'node:http';
import { WaggleError } from '../errors.ts';
import { type Caller, operator } from '../hub/operation.ts';
import { isSame, type PageSession, type PageSessions } from '../hub/page-sessions.ts';

/**
 * Who may speak to the hub, decided before anything of a request is read. Host and Origin are checked first: they keep
 * a web page in the operator's browser out (DNS rebinding, CSRF) even when it has somehow learned the token.
 */
export interface Guard {
  /** `forbidden` for a foreign Host or Origin, doubled Host headers or an absolute request target. */
  checkOrigin(request: IncomingMessage): void;
  /** `unauthorized`, without saying why, unless the bearer token is right. */
  authenticate(request: IncomingMessage): Caller;
  /**
   * As `authenticate`, but the page's cookie will do where there is no bearer token. `forbidden` for a write with a
   * cookie that lacks the CSRF header.
   */
  admit(request: IncomingMessage): Caller;
  /** The session of the page's cookie. */
  pageSession(request: IncomingMessage): PageSession | undefined;
}

/** A request over the unix socket carries any of these as Host; over TCP it must name the hub's own address. */
const socketHosts = new Set(['waggle', 'localhost']);
/** Requests that change nothing. */
const reading = new Set(['GET', 'HEAD']);

export interface GuardOptions {
  /** The operator's. */
  readonly token: string;
  readonly port: () => number | undefined;
  /** Without it no cookie is taken. */
  readonly pages?: Pick<PageSessions, 'cookieName' | 'read'>;
  /** Whose token this is, of those the hub minted. */
  readonly identify?: (token: string) => Caller | undefined;
}

export function createGuard(options: GuardOptions): Guard {
  const ownHosts = () => {
    const port = options.port();
    return port === undefined ? [] : [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  };
  const authenticate = (request: IncomingMessage): Caller => {
    const header = request.headers.authorization ?? '';
    const token = header.startsWith('Bearer ') ? header.slice(7) : '';
    if (isSame(token, options.token)) return operator;
    const caller = options.identify?.(token);
    if (caller !== undefined) return caller;
    throw new WaggleError(
      'unauthorized',
      'the bearer token is missing or wrong; the operator makes one for an agent with: waggle agent token ID',
    );
  };
  const pageSession = (request: IncomingMessage): PageSession | undefined => {
    const { pages } = options;
    const cookie = pages === undefined ? undefined : cookieOf(request, pages.cookieName);
    return cookie === undefined ? undefined : pages?.read(cookie);
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
    authenticate,
    admit(request) {
      const session = request.headers.authorization === undefined ? pageSession(request) : undefined;
      if (session === undefined) return authenticate(request);
      const given = request.headers['x-waggle-csrf'];
      if (!reading.has(request.method ?? '') && !(typeof given === 'string' && isSame(given, session.csrf))) {
        throw new WaggleError('forbidden', 'x-waggle-csrf: a write with the cookie of the page needs it', {
          details: { field: 'x-waggle-csrf' },
        });
      }
      return operator;
    },
    pageSession,
  };
}

/** The first of that name: a second one was set by somebody else. */
function cookieOf(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function forbidden(what: string, value: string): WaggleError {
  return new WaggleError('forbidden', `${what}: ${JSON.stringify(value)} is not this hub`, {
    details: { field: what, value },
  });
}
