import { addressOf } from '../../app/router.ts';
import { Chip } from '../../ui/chip.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Icon } from '../../ui/icon.tsx';
import { shownLine } from '../../ui/text.ts';
import { ago, timeOf } from '../../ui/time.ts';
import { Progress } from './progress.tsx';
import type { SwarmAgent } from './swarm.tsx';

/** One agent: what it says of itself, what the hub makes of it and why, its mail and its work. */
export function AgentPanel({ agent, close }: { agent: SwarmAgent; close: string }) {
  const { id, state, stateReason, stateAt, liveness, evidence, inbox, mission } = agent;
  return (
    <aside class="panel" aria-label={`Agent ${shownLine(id)}`}>
      <header class="panel-head">
        <h2>{shownLine(id)}</h2>
        <a class="quiet" href={close} title="Close">
          <Icon name="close" />
          <span class="unseen">Close</span>
        </a>
      </header>
      <Facts
        facts={[
          ['State', <Chip state={state} />],
          ['Since', stateAt === undefined ? undefined : ago(stateAt)],
          ['Why', stateReason === undefined ? undefined : shownLine(stateReason)],
          ['Liveness', <Chip state={liveness} />],
          ['Role', agent.role],
          ['Skills', agent.skills.length === 0 ? undefined : agent.skills.join(', ')],
          ['Program', agent.client],
          ['Team', agent.team],
          ['Folder', agent.workspace === undefined ? undefined : shownLine(agent.workspace)],
        ]}
      />
      <h3>Evidence</h3>
      {evidence.length === 0 ? (
        <p class="dim">Nothing was seen of it yet. Unknown is not dead.</p>
      ) : (
        <ol class="steps">
          {evidence.map(({ kind, tells, at, detail }) => (
            <li key={`${kind} ${at} ${tells}`}>
              <time dateTime={at}>{timeOf(at)}</time>
              <span>
                {kind} <small>{shownLine(detail ?? meaning[tells])}</small>
              </span>
            </li>
          ))}
        </ol>
      )}
      <h3>Inbox</h3>
      <Facts
        facts={[
          ['Unread', inbox?.ready ?? 0],
          ['Oldest', inbox?.oldestReadyAt === undefined ? undefined : ago(inbox.oldestReadyAt)],
          ['In hand', inbox?.leased ?? 0],
          ['Done', inbox?.acked ?? 0],
          ['Dead letters', inbox?.dead ?? 0],
        ]}
      />
      <p class="more">
        <a href={`${addressOf('messages')}?inbox=${encodeURIComponent(id)}`}>Its messages</a>
      </p>
      <h3>Mission</h3>
      {mission === undefined ? <p class="dim">It has none.</p> : <Progress mission={mission} />}
      {mission === undefined || mission.next.length === 0 ? null : (
        <p class="dim">Next: {mission.next.slice(0, 3).map(shownLine).join(', ')}</p>
      )}
    </aside>
  );
}

const meaning = { life: 'it did something', presence: 'it is there', end: 'it is over' } as const;
