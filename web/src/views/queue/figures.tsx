import type { FigureHealth } from '../../../../src/monitor/health.ts';
import { Chip } from '../../ui/chip.tsx';
import { shownLine } from '../../ui/text.ts';

const tones = { good: 'good', warn: 'warn', bad: 'bad', unknown: 'quiet' } as const;

/** Everything the monitor looks at, with its limit, and what to do where it is not good. */
export function Figures({ figures }: { figures: readonly FigureHealth[] }) {
  return (
    <section class="block" aria-labelledby="figures">
      <h2 id="figures">Figures</h2>
      <div class="wide">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col">State</th>
              <th scope="col">Now</th>
              <th scope="col">Limit</th>
              <th scope="col">What to do</th>
            </tr>
          </thead>
          <tbody>
            {figures.map(({ name, title, state, shown, limit, subject, detail, advice }) => (
              <tr key={name}>
                <th scope="row">
                  {title}
                  {subject === undefined ? null : <small> {shownLine(subject)}</small>}
                </th>
                <td>
                  <Chip state={state} tone={tones[state]} />
                </td>
                <td>{shown}</td>
                <td class="dim">{limit === '' ? '–' : limit}</td>
                <td class="dim">{shownLine([detail, advice].filter((part) => part !== undefined).join('; '))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
