import { WaggleError } from '../errors.ts';
import type { OperationTable } from '../hub/operation.ts';

/** Routes that are no operations. */
const ownRoutes = [
  '/',
  '/openapi.json',
  '/healthz',
  '/readyz',
  '/metrics',
  '/mcp',
  '/v1/events',
  '/v1/stream',
  '/v1/session',
];
const sessionMethods = ['POST', 'DELETE'];

/** What a request that no route takes is told: that the path is unknown, or which methods it has. */
export function routeRefusals(operations: OperationTable): (method: string, path: string) => WaggleError {
  const routes = [
    ...ownRoutes.map((path) => ({ method: 'GET', pattern: patternOf(path) })),
    ...sessionMethods.map((method) => ({ method, pattern: patternOf('/v1/session') })),
    ...Object.values(operations).map(({ http }) => ({ method: http.method, pattern: patternOf(http.path) })),
  ];
  return (method, path) => {
    const found = routes.filter(({ pattern }) => pattern.test(path)).map((route) => route.method);
    if (found.length === 0) {
      return new WaggleError('not_found', `${method} ${path} is not a route of this hub; see /openapi.json`, {
        details: { method, path },
      });
    }
    const allow = [...new Set(found.flatMap((known) => (known === 'GET' ? ['GET', 'HEAD'] : [known])))].sort();
    return new WaggleError('method_not_allowed', `${method} ${path}: this route takes ${allow.join(', ')}`, {
      details: { method, path, allow },
    });
  };
}

/** `:id` stands for one part of a path; nothing else of a path of ours means something to a pattern but the dot. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}
