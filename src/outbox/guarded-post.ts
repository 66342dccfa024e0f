import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../clock.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';
import type { WebhookUrl } from './webhook-url.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a name. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolve: Resolve = (host) => lookup(host, { all: true });

export interface PostOptions {
  readonly to: WebhookUrl;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly resolve: Resolve;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

export interface PostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Its beginning. */
  readonly body: string;
}

/** Longest beginning of an answer that is read; what follows is not waited for. */
const mostAnswerBytes = 16 * 1024;

/**
 * One POST to a place that an operator named and whose name a stranger may control: every address of the name is vetted
 * and the connection goes to one of those, whatever the name says a moment later; redirects are answers like any other.
 * Rejects with an error whose text tells no path.
 */
export async function guardedPost(options: PostOptions): Promise<PostAnswer> {
  const { to, clock, timeoutMs, signal } = options;
  const giveUp = new AbortController();
  const onAbort = () => giveUp.abort(new Error('the hub is stopping'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const cancelTimer = clock.setTimer(timeoutMs, () => giveUp.abort(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    const addresses = await Promise.race([vetted(to, options.resolve), whenAborted(giveUp.signal)]);
    return await exchange(options, addresses, giveUp.signal);
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', onAbort);
  }
}

async function vetted({ url, loopback }: WebhookUrl, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  const mayReach = loopback ? isLoopbackAddress : isPublicAddress;
  const forbidden = addresses.find(({ address }) => !mayReach(address));
  // One bad address is enough: a name that leads both ways is a trap, not a mistake.
  if (forbidden !== undefined)
    throw new ForbiddenAddress(`${url.hostname} leads to ${forbidden.address}, which is not allowed`);
  if (addresses.length === 0) throw new Error(`${url.hostname} has no address`);
  return addresses;
}

/** The name leads where no webhook may go: nothing was connected. */
export class ForbiddenAddress extends Error {}

function exchange(
  { to: { url }, headers, body }: PostOptions,
  addresses: readonly ResolvedAddress[],
  signal: AbortSignal,
): Promise<PostAnswer> {
  const [first] = addresses as [ResolvedAddress]; // vetted: not empty
  const pinned: LookupFunction = (_host, { all }, answer) =>
    all === true ? answer(null, [...addresses]) : answer(null, first.address, first.family);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal.aborted ? (signal.reason as Error) : error);
    const request = send(url, {
      method: 'POST',
      // A connection of its own: a kept one would go to an address vetted for another name.
      agent: false,
      lookup: pinned,
      signal,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    });
    request.once('error', fail);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = () => {
        const answer = Buffer.concat(chunks).subarray(0, mostAnswerBytes).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: flat(response.headers), body: answer });
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= mostAnswerBytes) done();
      });
      response.once('end', done);
      response.once('error', fail);
    });
    request.end(body);
  });
}

function flat(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]),
  );
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
