import { isIP } from 'node:net';
import { invalidInput } from '../errors.ts';
import { isPublicAddress } from './public-address.ts';

/** An address as an operator may give it. `loopback`: it says in plain words that it means this machine. */
export interface WebhookUrl {
  readonly url: URL;
  readonly loopback: boolean;
}

/** The only spellings of this machine; any other that happens to mean it is taken for an attempt to reach it unseen. */
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * https anywhere in the open internet, or http and https on this machine. `invalid_input` for all else; the value is not
 * shown, because such an address is a secret.
 */
export function parseWebhookUrl(field: string, text: string): WebhookUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refused(field, 'must be an address such as https://example.com/hook');
  if (url.username !== '' || url.password !== '') throw refused(field, 'must not hold a user name or password');
  const loopback = loopbackHosts.has(url.hostname) && hostAsTyped(text) === url.hostname;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    throw refused(field, 'must begin with https://; http:// only for localhost, 127.0.0.1 or [::1]');
  }
  const address = url.hostname.replace(/^\[|\]$/g, '');
  if (!loopback && isIP(address) !== 0 && !isPublicAddress(address)) {
    throw refused(field, 'is an address inside a private or reserved network');
  }
  return { url, loopback };
}

/** Scheme, host and port: what of it may be told. */
export function originOf(text: string): string {
  return URL.canParse(text) ? new URL(text).origin : '(unreadable)';
}

function hostAsTyped(text: string): string | undefined {
  return /^https?:\/\/(\[[^\]]*\]|[^/?#:\\]*)/i.exec(text.trim())?.[1]?.toLowerCase();
}

function refused(field: string, problem: string) {
  return invalidInput(field, '(not shown)', problem);
}
