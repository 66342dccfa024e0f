import type { WireAgentView, WireInboxStats } from '../../../../src/hub/api.ts';
import type { WireMission } from '../../../../src/hub/mission-api.ts';
import { addressOf, go, place } from '../../app/router.ts';
import { call } from '../../live/api.ts';
import { useResource } from '../../live/resource.ts';
import { Chip } from '../../ui/chip.tsx';
import { Command, Empty, Trouble } from '../../ui/empty.tsx';
import { shownLine } from '../../ui/text.ts';
import { ago } from '../../ui/time.ts';
import { type Column, VirtualGrid } from '../../ui/virtual-grid.tsx';
import { AgentPanel } from './agent-panel.tsx';
import { Progress } from './progress.tsx';

export interface SwarmAgent extends WireAgentView {
  readonly inbox: WireInboxStats | undefined;
  /** The one it is at, or was at last. */
  readonly mission: WireMission | undefined;
}

const columns: readonly Column<SwarmAgent>[] = [
  {
    head: 'Agent',
    width: 'minmax(9rem, 1.3fr)',
    cell: ({ id, role }) => (
      <span class="stack">
        <strong>{shownLine(id)}</strong>
        <small>{role === undefined ? 'no role' : shownLine(role)}</small>
      </span>
    ),
  },
  {
    head: 'State',
    width: 'minmax(7.5rem, 1.2fr)',
    cell: ({ state, stateReason }) => (
      <span class="stack">
        <Chip state={state} />
        {stateReason === undefined ? null : <small title={shownLine(stateReason)}>{shownLine(stateReason)}</small>}
      </span>
    ),
  },
  {
    head: 'Liveness',
    width: 'minmax(8rem, 1.3fr)',
    isExtra: true,
    cell: ({ liveness, evidence: [latest] }) => (
      <span class="stack">
        <Chip state={liveness} />
        <small>{latest === undefined ? 'nothing seen yet' : `${latest.kind}, ${ago(latest.at)}`}</small>
      </span>
    ),
  },
  { head: 'Last call', width: '6.5rem', isExtra: true, cell: (agent) => ago(lastCall(agent)) },
  {
    head: 'Unread',
    width: '5rem',
    isNumber: true,
    cell: ({ inbox }) => <span class={inbox?.ready ? 'count' : 'count is-zero'}>{inbox?.ready ?? 0}</span>,
  },
  {
    head: 'Mission',
    width: 'minmax(8rem, 1.6fr)',
    isExtra: true,
    cell: ({ mission }) => (mission === undefined ? <small>none</small> : <Progress mission={mission} />),
  },
];

export function Swarm() {
  const swarm = useResource('swarm', loadSwarm, { changedBy: () => true, everyMs: 10_000 });
  const agents = swarm.data.value;
  const [chosen] = place.value.rest;
  const agent = agents?.find(({ id }) => id === chosen);
  return (
    <div class="view" data-open={agent !== undefined}>
      <header class="view-head">
        <h1>Swarm</h1>
        <p class="lead">{agents === undefined ? 'Asking the hub…' : summary(agents)}</p>
      </header>
      <Trouble text={swarm.trouble.value} />
      {agents?.length === 0 ? (
        <Empty title="No agent is registered yet">
          <p>Register one, and it gets an inbox:</p>
          <Command>waggle agent add reviewer</Command>
          <p>or set up the agent programs of this project:</p>
          <Command>waggle init</Command>
        </Empty>
      ) : (
        <div class="split">
          <VirtualGrid
            label="Agents"
            rows={agents ?? []}
            keyOf={({ id }) => id}
            columns={columns}
            rowHeight={58}
            selected={chosen}
            onOpen={({ id }) => go('swarm', id)}
          />
          {agent === undefined ? null : <AgentPanel agent={agent} close={addressOf('swarm')} />}
        </div>
      )}
    </div>
  );
}

async function loadSwarm(signal: AbortSignal): Promise<readonly SwarmAgent[]> {
  const [{ agents }, { inboxes }, { missions }] = await Promise.all([
    call('agent.list', {}, signal),
    call('queue.inboxes', {}, signal),
    call('mission.list', {}, signal),
  ]);
  const inboxOf = new Map(inboxes.map((stats) => [stats.inbox, stats]));
  return agents.map((agent) => ({ ...agent, inbox: inboxOf.get(agent.id), mission: missionOf(agent.id, missions) }));
}

function missionOf(owner: string, missions: readonly WireMission[]): WireMission | undefined {
  const own = missions
    .filter((mission) => mission.owner === owner && mission.state !== 'dropped')
    .toSorted((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  return own.find(({ state }) => state === 'open') ?? own[0];
}

/** What it did itself: mail that came for it is none. */
function lastCall({ evidence, lastSeenAt }: WireAgentView): string | undefined {
  return evidence.find(({ tells }) => tells === 'life')?.at ?? lastSeenAt;
}

function summary(agents: readonly SwarmAgent[]): string {
  const unread = agents.reduce((sum, { inbox }) => sum + (inbox?.ready ?? 0), 0);
  const working = agents.filter(({ state }) => state === 'working').length;
  const silent = agents.filter(({ liveness }) => liveness === 'suspect' || liveness === 'dead').length;
  const parts = [
    `${agents.length} ${agents.length === 1 ? 'agent' : 'agents'}`,
    `${working} working`,
    `${unread} unread`,
    ...(silent > 0 ? [`${silent} silent or gone`] : []),
  ];
  return parts.join(' · ');
}
