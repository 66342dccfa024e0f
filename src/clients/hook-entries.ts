import { isDeepStrictEqual } from 'node:util';
import { JsoncDocument } from './jsonc-document.ts';
import type { SettingsFile } from './settings-file.ts';

/** One command a client runs at one of its events, under `command` or `bash`; further keys are the client's own. */
export type HookHandler = { readonly [key: string]: unknown } & (
  | { readonly command: string }
  | { readonly bash: string }
);

export interface HookTable {
  readonly path: string;
  /** Our handlers by event, in the client's names. */
  readonly events: Readonly<Record<string, readonly HookHandler[]>>;
  /** `grouped`: an event holds groups `{matcher, hooks: […]}`; `flat`: it holds handlers. */
  readonly shape: 'grouped' | 'flat';
  /** Members the file must have beside `hooks`, written where they are missing. */
  readonly header?: Readonly<Record<string, unknown>>;
}

interface Place {
  readonly group: number;
  readonly index: number;
  readonly handler: unknown;
}

/** Our handlers under `hooks` of a client's settings. */
export function hookEntries(table: HookTable): SettingsFile {
  const { path, events, header = {} } = table;
  return {
    path,
    install(text) {
      let document = new JsoncDocument(text ?? '', path);
      for (const [name, value] of Object.entries(header)) {
        if (document.at([name]) === undefined) document = document.with({ path: [name], value });
      }
      for (const event of new Set([...Object.keys(document.objectAt(['hooks'])), ...Object.keys(events)])) {
        document = withHandlers(document, table, event, events[event] ?? []);
      }
      return document.text;
    },
    remove(text) {
      const given = new JsoncDocument(text, path);
      const all = Object.keys(given.objectAt(['hooks'])).flatMap((event) => placesOf(given, table.shape, event));
      if (!all.some(({ handler }) => isOurHandler(handler))) return text;
      let document = given;
      for (const event of Object.keys(document.objectAt(['hooks']))) {
        document = withHandlers(document, table, event, []);
        if (document.at(['hooks', event]) !== undefined && document.arrayAt(['hooks', event]).length === 0)
          document = document.with({ path: ['hooks', event], value: undefined });
      }
      if (document.at(['hooks']) !== undefined && Object.keys(document.objectAt(['hooks'])).length === 0)
        document = document.with({ path: ['hooks'], value: undefined });
      const left = Object.keys(document.objectAt([])).filter((name) => !Object.hasOwn(header, name));
      return left.length === 0 ? undefined : document.text;
    },
  };
}

/** The event's handlers of ours replaced by `wanted`; where they are the same already, nothing moves. */
function withHandlers(
  document: JsoncDocument,
  { shape }: HookTable,
  event: string,
  wanted: readonly HookHandler[],
): JsoncDocument {
  const at = ['hooks', event];
  const present = placesOf(document, shape, event).filter(({ handler }) => isOurHandler(handler));
  const handlers = present.map(({ handler }) => handler);
  if (isDeepStrictEqual(handlers, [...wanted])) return document;
  let result = document;
  for (const { group, index } of present.toReversed()) {
    if (shape === 'flat') result = result.with({ path: [...at, index], value: undefined });
    else if (result.arrayAt([...at, group, 'hooks']).length === 1)
      result = result.with({ path: [...at, group], value: undefined });
    else result = result.with({ path: [...at, group, 'hooks', index], value: undefined });
  }
  const added = shape === 'flat' ? wanted : wanted.length === 0 ? [] : [{ hooks: wanted }];
  for (const entry of added) {
    const path = result.at(at) === undefined ? at : [...at, result.arrayAt(at).length];
    result = result.with({ path, value: path === at ? [entry] : entry });
  }
  return result;
}

function placesOf(document: JsoncDocument, shape: HookTable['shape'], event: string): Place[] {
  const entries = document.arrayAt(['hooks', event]);
  if (shape === 'flat') return entries.map((handler, index) => ({ group: 0, index, handler }));
  return entries.flatMap((_, group) =>
    document.arrayAt(['hooks', event, group, 'hooks']).map((handler, index) => ({ group, index, handler })),
  );
}

const ourCall = /waggle(?:\.js)?['"]?\s+hook\s+[a-z]+\s/;

/** Whether a handler runs `waggle hook CLIENT EVENT`, whatever the path, the agent and the quoting. */
export function isOurHandler(handler: unknown): boolean {
  if (typeof handler !== 'object' || handler === null) return false;
  const { command, bash } = handler as { command?: unknown; bash?: unknown }; // each is checked where it is used
  return [command, bash].some((line) => typeof line === 'string' && ourCall.test(line));
}
