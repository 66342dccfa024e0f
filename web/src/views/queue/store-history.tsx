import { useState } from 'preact/hooks';
import type { HubStatus, OutputOf, WireEvent } from '../../../../src/hub/api.ts';
import type { WireHealth } from '../../../../src/hub/monitor-api.ts';
import { call, sentenceOf } from '../../live/api.ts';
import { useHistory } from '../../live/history.ts';
import { Chip } from '../../ui/chip.tsx';
import { Command, Trouble } from '../../ui/empty.tsx';
import { Facts } from '../../ui/facts.tsx';
import { shownLine } from '../../ui/text.ts';
import { ago, timeOf } from '../../ui/time.ts';

const about = /^(?:recovery|store|events)\.|^message\.(?:released|purged|pruned)$/;
const shownEntries = 50;

/** Whether the store is sound, and what was damaged, recovered and deleted so far. */
export function StoreHistory({ status, health }: { status: HubStatus; health: WireHealth }) {
  const entries = useHistory(({ type }) => about.test(type), shownEntries);
  const { store } = status;
  return (
    <section class="block" aria-labelledby="store">
      <h2 id="store">Corruption and recovery</h2>
      <Facts
        facts={[
          ['Store', <Chip state={store.state} tone={store.state === 'open' ? 'good' : 'bad'} />],
          ['File', store.file === '' ? 'none: it lives in memory' : shownLine(store.file)],
          ['Trouble', store.reason ?? store.warning],
          ['Checks', checksOf(health)],
          ...health.sources.map(
            ({ source, parseErrors, recoveries, at }) =>
              [
                shownLine(source.split('/').at(-1) ?? source),
                `${parseErrors} parse errors, ${recoveries} recoveries, last look ${ago(at)}`,
              ] as const,
          ),
          ['Hub', `pid ${status.pid}, version ${status.version}, up since ${ago(status.startedAt)}`],
        ]}
      />
      <Check />
      {entries.length === 0 ? (
        <div class="dim more">
          <p>Nothing was recovered, restored or deleted lately. A damaged queue file is rescued by</p>
          <Command>waggle recover queue.json --import</Command>
        </div>
      ) : (
        <ol class="steps more">
          {entries.map((event) => (
            <li key={event.seq}>
              <time dateTime={event.at}>{timeOf(event.at)}</time>
              <span>
                {event.type.replace('.', ': ')} <small>{factsOf(event)}</small>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** The proof that every accepted message is accounted for, when somebody wants it now. */
function Check() {
  const [report, setReport] = useState<OutputOf<'queue.verify'>>();
  const [trouble, setTrouble] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    setTrouble(undefined);
    try {
      setReport((await call('queue.verify', {})) as OutputOf<'queue.verify'>); // without messages, so the same over HTTP
    } catch (error) {
      setTrouble(sentenceOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <div class="actions">
        <button type="button" disabled={isBusy} onClick={() => void check()}>
          {isBusy ? 'Checking…' : 'Check the store now'}
        </button>
        <span role="status" class="verdict-line">
          {report === undefined ? null : report.ok ? (
            <Chip state={`sound: ${report.checked.toLocaleString()} messages accounted for`} tone="good" />
          ) : (
            <Chip state={`${report.problems.length} problems`} tone="bad" />
          )}
        </span>
      </div>
      {report?.problems.map(({ what, detail }) => (
        <Trouble key={`${what} ${detail}`} text={`${what}: ${shownLine(detail)}`} />
      ))}
      <Trouble text={trouble} />
    </>
  );
}

function checksOf({ integrity: { checks, lastAt, found } }: WireHealth): string {
  if (lastAt === undefined) return 'the first one has not ended yet';
  return `${checks} so far, the last ${ago(lastAt)}; ${found === 0 ? 'no damage found' : `${found} findings`}`;
}

function factsOf({ data, inbox, agent }: WireEvent): string {
  const told = Object.entries(data).map(
    ([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return shownLine([inbox, agent, ...told].filter((part) => part !== undefined).join(', ')).slice(0, 240);
}
