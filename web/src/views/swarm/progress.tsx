import type { WireMission } from '../../../../src/hub/mission-api.ts';
import { shownLine } from '../../ui/text.ts';

export function Progress({ mission }: { mission: WireMission }) {
  const { id, title, done, of } = mission;
  const name = shownLine(title ?? id);
  return (
    <span class="stack">
      <span class="progress-name" title={name}>
        {name}
      </span>
      <span class="progress">
        <progress value={done} max={Math.max(of, 1)} aria-label={`Progress of ${name}`} />
        <small>
          {done}/{of}
        </small>
      </span>
    </span>
  );
}
