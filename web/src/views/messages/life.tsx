import type { OutputOf } from '../../../../src/hub/api.ts';
import type { OverHttp } from '../../live/api.ts';
import { shownLine } from '../../ui/text.ts';
import { exactTime } from '../../ui/time.ts';

type Shown = OverHttp<OutputOf<'message.get'>>;

const receiptSteps = ['stored', 'leased', 'injected', 'seen', 'acked'] as const;

/** How far the message has come, and every step of the way with its time. */
export function Life({ shown: { receipt, history } }: { shown: Shown }) {
  return (
    <>
      {receipt === undefined ? null : (
        <ol class="receipt" aria-label="Receipt">
          {receiptSteps.map((step) => {
            const at = receipt[`${step}At`];
            return (
              <li key={step} data-reached={at !== undefined}>
                <span>{step}</span>
                <small>{at === undefined ? 'not yet' : exactTime(at)}</small>
              </li>
            );
          })}
        </ol>
      )}
      {receipt?.uncertainAt === undefined ? null : (
        <p class="trouble">Whether it reached the agent is uncertain: it is not repeated by itself.</p>
      )}
      <ol class="steps">
        {history.map(({ seq, type, at, data }) => (
          <li key={`${seq} ${type}`}>
            <time dateTime={at}>{exactTime(at)}</time>
            <span>
              {type.replace(/^message\./, '')} <small>{factsOf(data)}</small>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

const forPrograms = new Set(['gen', 'inbox', 'leasedAt', 'readyAt', 'state']);

/** What a person asks of a step. */
function factsOf(data: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(data).filter(([key]) => !forPrograms.has(key));
  return told
    .map(([key, value]) => `${key} ${shownLine(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(', ');
}
