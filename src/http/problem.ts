import { errorKinds, type WaggleError } from '../errors.ts';

/** An error as RFC 9457 problem details, with our code, details and retry verdict as extension members. */
export function problemResponse(error: WaggleError): Response {
  const { http } = errorKinds[error.code];
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  const { retryAfterMs } = error.details;
  if (typeof retryAfterMs === 'number')
    headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  const { allow } = error.details;
  if (error.code === 'method_not_allowed' && Array.isArray(allow)) headers.set('allow', allow.join(', '));
  if (error.code === 'unauthorized') headers.set('www-authenticate', 'Bearer realm="waggle"');
  const document = {
    type: `urn:waggle:error:${error.code}`,
    title: error.code.replaceAll('_', ' '),
    status: http,
    detail: error.message,
    code: error.code,
    retry: error.retry,
    details: error.details,
  };
  // 499 is a convention of proxies and not a status the platform's Response takes.
  return new Response(JSON.stringify(document), { status: http === 499 ? 503 : http, headers });
}
