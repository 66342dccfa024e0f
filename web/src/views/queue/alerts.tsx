import { useState } from 'preact/hooks';
import { call, sentenceOf } from '../../live/api.ts';
import { useResource } from '../../live/resource.ts';
import { Chip } from '../../ui/chip.tsx';
import { Trouble } from '../../ui/empty.tsx';
import { shown, shownLine } from '../../ui/text.ts';
import { ago } from '../../ui/time.ts';

const silenceMs = 3_600_000;
const resolvedShown = 5;

/** What needs somebody, first; then what lately did. */
export function Alerts() {
  const alerts = useResource('alerts', (signal) => call('alerts.list', { limit: 50 }, signal), { everyMs: 2_000 });
  const [trouble, setTrouble] = useState<string>();
  const known = alerts.data.value?.alerts ?? [];
  const open = known.filter(({ state }) => state !== 'resolved');
  const over = known.filter(({ state }) => state === 'resolved').slice(0, resolvedShown);
  const act = (what: Promise<unknown>) =>
    void what.then(
      () => {
        setTrouble(undefined);
        alerts.refresh();
      },
      (error: unknown) => setTrouble(sentenceOf(error)),
    );
  if (known.length === 0 && trouble === undefined) return null;
  return (
    <section class="block" aria-labelledby="alerts">
      <h2 id="alerts">Alerts</h2>
      <Trouble text={trouble ?? alerts.trouble.value} />
      <ul class="alerts">
        {open.map(({ id, rule, severity, state, text, advice, firedAt, count }) => (
          <li key={id} data-severity={severity}>
            <div>
              <Chip
                state={state === 'firing' ? severity : 'acknowledged'}
                tone={state === 'firing' ? (severity === 'critical' ? 'bad' : 'warn') : 'quiet'}
              />
              <b>{shownLine(rule)}</b>
              <small>
                {ago(firedAt)}
                {count > 1 ? `, seen ${count.toLocaleString()} times` : ''}
              </small>
            </div>
            <p>{shown(text)}</p>
            <p class="dim">{shown(advice)}</p>
            <div class="actions">
              {state === 'firing' ? (
                <button type="button" onClick={() => act(call('alerts.ack', { id }))}>
                  Acknowledge
                </button>
              ) : null}
              <button type="button" onClick={() => act(call('alerts.silence', { rule, forMs: silenceMs }))}>
                Silence for an hour
              </button>
            </div>
          </li>
        ))}
        {over.map(({ id, rule, text, resolvedAt }) => (
          <li key={id} class="is-over">
            <div>
              <Chip state="over" />
              <b>{shownLine(rule)}</b>
              <small>{ago(resolvedAt)}</small>
              <small class="cut">{shownLine(text)}</small>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
