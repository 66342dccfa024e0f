import { z } from 'zod';
import { errorKinds } from '../errors.ts';
import type { Operation, OperationTable } from '../hub/operation.ts';

type Schema = Record<string, unknown>;

/** The OpenAPI 3.1 description, made from the table of operations: what it says is what is validated. */
export function openApiDocument(table: OperationTable, version: string): Schema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of Object.values(table) as Operation[]) {
    const path = operation.http.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.http.method.toLowerCase()]: describe(operation) };
  }
  paths['/v1/events'] = { get: eventsRoute };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waggle hub',
      version,
      description: 'One hub per swarm. Errors are RFC 9457 problem details with a `code`.',
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'Content of the file .waggle/token' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'code', 'retry', 'details'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { enum: Object.keys(errorKinds) },
            retry: { enum: ['never', 'reread', 'later', 'unknown'] },
            details: { type: 'object' },
          },
        },
      },
    },
  };
}

/** The JSON schema of an operation's input. */
export function inputSchema(operation: Operation): { properties: Record<string, Schema>; required: readonly string[] } {
  const schema = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' });
  // Every input is an object; one without required members leaves the list out.
  return { properties: schema.properties as Record<string, Schema>, required: schema.required ?? [] };
}

function describe(operation: Operation): Schema {
  const { properties, required } = inputSchema(operation);
  const inPath = new Set([...operation.http.path.matchAll(/(?<=:)\w+/g)].map(([name]) => name));
  const rest = Object.entries(properties).filter(([name]) => !inPath.has(name));
  const inQuery = operation.http.method !== 'POST';
  const parameters = [
    ...[...inPath].map((name) => ({ name, in: 'path', required: true, schema: properties[name] })),
    ...(inQuery
      ? rest.map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
      : []),
  ];
  const body = {
    required: rest.some(([name]) => required.includes(name)),
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: Object.fromEntries(rest),
          required: required.filter((name) => !inPath.has(name)),
          additionalProperties: false,
        },
      },
    },
  };
  return {
    operationId: operation.name,
    summary: operation.summary,
    'x-waggle-repeat': operation.repeat,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(inQuery || rest.length === 0 ? {} : { requestBody: body }),
    responses: {
      [operation.http.status ?? 200]: {
        description: 'Done',
        content: { 'application/json': { schema: { type: 'object' } } },
      },
      default: {
        description: 'A typed error',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const eventsRoute = {
  operationId: 'events',
  summary: 'Typed events as server-sent events, in commit order; Last-Event-ID or `after` resumes.',
  parameters: [
    { name: 'after', in: 'query', required: false, schema: { type: 'integer' } },
    { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'integer' } },
  ],
  responses: {
    200: { description: 'A stream of events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
  },
};
