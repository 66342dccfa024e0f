import { signal } from '@preact/signals';

/** `out`: this browser holds nothing the hub takes; the page says how to come in. */
export type SessionState =
  | { readonly state: 'asking' }
  | { readonly state: 'in'; readonly csrf: string }
  | { readonly state: 'out'; readonly why: string };

export const session = signal<SessionState>({ state: 'asking' });

const path = '/v1/session';

/** With the code of the address if it has one, else with the cookie of an earlier time. */
export async function signIn(): Promise<void> {
  const code = takeCode();
  const answer = await fetch(path, code === undefined ? {} : exchange(code)).catch(() => undefined);
  // A code that was used before is no loss to whoever still has the cookie it gave.
  const second = code !== undefined && answer?.status === 401 ? await fetch(path).catch(() => undefined) : undefined;
  const decided = second?.ok === true ? second : answer;
  if (decided === undefined) {
    session.value = { state: 'out', why: 'The hub does not answer. Is it running?' };
    return;
  }
  const document: unknown = await decided.json().catch(() => ({}));
  session.value =
    decided.ok && hasText(document, 'csrf')
      ? { state: 'in', csrf: document.csrf }
      : { state: 'out', why: code === undefined ? '' : 'This address was used already or is too old.' };
}

export async function signOut(): Promise<void> {
  const { value } = session;
  if (value.state === 'in') await fetch(path, { method: 'DELETE', headers: { 'x-waggle-csrf': value.csrf } });
  session.value = { state: 'out', why: 'You have signed out.' };
}

/** The cookie is over, or the operator's token is another: nothing this page holds is worth anything now. */
export function lostSession(): void {
  session.value = { state: 'out', why: 'Your sign-in has ended.' };
}

/** Out of the address at once, so that it is in no history and no bookmark. */
function takeCode(): string | undefined {
  const match = /^#code=([0-9a-f]+)$/.exec(location.hash);
  if (match !== null) history.replaceState(null, '', `${location.pathname}#/swarm`);
  return match?.[1];
}

function exchange(code: string): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) };
}

function hasText<K extends string>(value: unknown, key: K): value is Record<K, string> {
  return typeof value === 'object' && value !== null && key in value && typeof Reflect.get(value, key) === 'string';
}
