import type { Arrow } from './source-files.ts';

/** What a file belongs to, lowest first: imports point down this list or stay on one step of it (DESIGN §5). */
interface Layer {
  readonly name: string;
  readonly members: RegExp;
  readonly reason: string;
}

export const layers: readonly Layer[] = [
  {
    name: 'base',
    members:
      /^(errors|clock|clock-skew|ids|backoff|service|events|durable-file|failpoint|json|render-json|version|redact|tokens|token-buckets|plain|untrusted-text)\.ts$|^(redact|tokens)\//,
    reason: 'the base knows nothing of Waggle, so that every room may lean on it',
  },
  {
    name: 'ports',
    members:
      /^store\/store\.ts$|^message\/(message|message-store|limits|lifecycle|retention-store)\.ts$|^agent\/(agent|agent-store|policy|token-store)\.ts$|^audit\/(audit-entry|audit-store)\.ts$|^context\/(context|context-store)\.ts$|^mission\/(mission|mission-store|hand-off|hand-off-store)\.ts$|^process\/(process|process-store)\.ts$|^outbox\/(outbox|outbox-store)\.ts$|^delivery\/(receipt|delivery-store)\.ts$|^monitor\/(alert|alert-store|store-watch)\.ts$/,
    reason: 'a port says what a room needs of a store; the rooms and the adapters meet here and nowhere else',
  },
  {
    name: 'message, agent, audit, recovery',
    members: /^(message|agent|audit|recovery)\//,
    reason: 'the first rooms stand on ports',
  },
  {
    name: 'process, outbox, context, vector, modules',
    members: /^(process|outbox|context|vector|modules)\//,
    reason: 'these rooms use messages and agents, which know nothing of them',
  },
  {
    name: 'mission, knowledge, delivery',
    members: /^(mission|knowledge|delivery)\//,
    reason: 'work and its delivery are built on context and processes, not the other way round',
  },
  { name: 'pipeline, gasline', members: /^(pipeline|gasline)\//, reason: 'pipelines hand on the work of missions' },
  { name: 'healing', members: /^healing\//, reason: 'healing watches the rooms below; a lower room offers it facts' },
  { name: 'monitor, devlog', members: /^(monitor|devlog)\//, reason: 'they report on everything below through events' },
  {
    name: 'hub',
    members: /^hub\//,
    reason: 'the hub puts rooms to use; a room that knows the hub cannot be tested alone',
  },
  {
    name: 'doors',
    members: /^(http|mcp|hooks|clients|sdk)\/|^index\.ts$/,
    reason: 'a door translates for the hub; what lies behind must not know which door a call came through',
  },
  {
    name: 'compose',
    members: /^compose\.ts$/,
    reason: 'composition names adapters and doors; only a front door (cli) starts it',
  },
  {
    name: 'history',
    members: /^history\//,
    reason: 'the checker judges what clients saw; nothing it judges may lean on it',
  },
  { name: 'cli, stress', members: /^(cli|stress)\//, reason: 'front doors: nothing imports them' },
];

const adapter = /^store\/(sqlite|memory|postgres)\//;
const host = /^process\/hosts\//;
const layerIndex = (path: string) => layers.findIndex(({ members }) => members.test(path));
const isPackage = (to: string) => !to.endsWith('.ts');
const room = (path: string) => path.split('/').slice(0, 2).join('/');

interface Rule {
  readonly reason: string | ((arrow: Arrow) => string);
  readonly forbids: (arrow: Arrow) => boolean;
}

/** Arrows that go against the order on purpose. */
const exceptions: readonly { readonly reason: string; readonly allows: (arrow: Arrow) => boolean }[] = [
  {
    reason: 'openSwarm() may become the hub: it composes one, lazily, so that a client never loads it',
    allows: ({ from, to, kind }) => from === 'index.ts' && kind === 'lazy' && to === 'compose.ts',
  },
  {
    reason: 'doctor examines a store that no hub has open, through the one door the adapter has for that',
    allows: ({ from, to }) => from.startsWith('cli/') && to === 'store/sqlite/inspect.ts',
  },
  {
    reason: '`waggle stress` is the lab at the terminal: its commands alone know the lab, which knows no terminal',
    allows: ({ from, to }) => from.startsWith('cli/commands/stress') && to.startsWith('stress/'),
  },
];

export const rules: readonly Rule[] = [
  {
    reason: ({ from, to }) =>
      `${layers[layerIndex(from)]?.name} < ${layers[layerIndex(to)]?.name}: ${layers[layerIndex(to)]?.reason}`,
    forbids: ({ from, to }) => !isPackage(to) && layerIndex(from) >= 0 && layerIndex(to) > layerIndex(from),
  },
  {
    reason: 'only compose.ts and the cli name an adapter: everything else must run on any store',
    forbids: ({ from, to }) =>
      adapter.test(to) && !adapter.test(from) && from !== 'compose.ts' && !from.startsWith('cli/'),
  },
  {
    reason:
      'an adapter sees the base and the ports alone: a rule of a room inside it would not hold for the next adapter',
    forbids: ({ from, to }) =>
      adapter.test(from) && !isPackage(to) && (adapter.test(to) ? room(from) !== room(to) : layerIndex(to) > 1),
  },
  {
    reason: 'only compose.ts and the cli name a host of processes: the room must run on any',
    forbids: ({ from, to }) => host.test(to) && !host.test(from) && from !== 'compose.ts' && !from.startsWith('cli/'),
  },
  {
    reason: 'nothing outside store/sqlite may know that the engine is SQLite',
    forbids: ({ from, to }) => to === 'node:sqlite' && !from.startsWith('store/sqlite/'),
  },
  {
    reason: 'compose, the cli and stress are front doors that stand beside each other',
    forbids: ({ from, to }) =>
      (from.startsWith('cli/') && to.startsWith('stress/')) || (from.startsWith('stress/') && to.startsWith('cli/')),
  },
  {
    reason: 'what only tests use does not ship',
    forbids: ({ to }) => to.startsWith('testing/') || to.endsWith('.test.ts') || to === 'vitest' || to === 'fast-check',
  },
];

/** One sentence for each rule that the arrow breaks. */
export function violationsOf(arrow: Arrow): string[] {
  if (exceptions.some(({ allows }) => allows(arrow))) return [];
  return rules
    .filter(({ forbids }) => forbids(arrow))
    .map(({ reason }) => {
      const why = typeof reason === 'string' ? reason : reason(arrow);
      return `src/${arrow.from}:${arrow.line} must not import ${arrow.to} (${arrow.kind}): ${why}`;
    });
}

/** Every file belongs somewhere; a new room is added to the list with its reason. */
export function hasPlace(path: string): boolean {
  return layerIndex(path) >= 0 || adapter.test(path);
}
