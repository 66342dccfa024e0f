import type { IncomingMessage } from 'node:http';
import type { Context, Hono } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { invalidInput, WaggleError } from '../errors.ts';
import type { PageSession, PageSessions } from '../hub/page-sessions.ts';
import { parseStrictJson } from '../json.ts';
import type { Env } from './app.ts';
import { readBody } from './body-reader.ts';
import type { Guard } from './guard.ts';

/** A code is 32 characters. */
const maxBytes = 1_024;
const path = '/v1/session';

export interface SignInParts {
  readonly guard: Guard;
  readonly pages: PageSessions;
  /** Tells of those who are turned away, and slows them. */
  readonly admit: <T>(request: IncomingMessage, check: () => T) => Promise<T>;
}

/**
 * How the page signs in: POST exchanges the code of its address for a cookie that scripts cannot read, GET tells a
 * reloaded page what its cookie still allows, DELETE signs it out.
 */
export function sessionRoutes(app: Hono<Env>, { guard, pages, admit }: SignInParts): void {
  app.post(path, async (context) => {
    const { incoming } = context.env;
    const code = codeOf(await readBody(incoming, maxBytes));
    const session = await admit(incoming, () => pages.exchange(code));
    setCookie(context, pages.cookieName, session.cookie, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      expires: new Date(session.expiresAt),
    });
    return context.json(told(session), 201);
  });
  // A page without a cookie asks before it has done anything: no refusal that anybody should hear of.
  app.get(path, (context) => {
    const session = guard.pageSession(context.env.incoming);
    if (session !== undefined) return context.json(told(session));
    throw new WaggleError('unauthorized', 'this browser is not signed in; waggle status prints an address that is');
  });
  app.delete(path, async (context: Context<Env>) => {
    await admit(context.env.incoming, () => guard.admit(context.env.incoming));
    deleteCookie(context, pages.cookieName, { path: '/' });
    return context.json({ signedOut: true });
  });
}

function told({ csrf, expiresAt }: PageSession): { csrf: string; expiresAt: string } {
  return { csrf, expiresAt: new Date(expiresAt).toISOString() };
}

function codeOf(text: string): string {
  const value: unknown = parseStrictJson(text);
  const code = typeof value === 'object' && value !== null && 'code' in value ? value.code : undefined;
  if (typeof code !== 'string') throw invalidInput('code', code, 'must be the code of the page’s address');
  return code;
}
