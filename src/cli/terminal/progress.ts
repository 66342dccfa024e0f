import type { Clock } from '../../clock.ts';
import { plainExcerpt } from '../../plain.ts';
import type { Output } from './output.ts';

/** Work that is over sooner than this shows no bar at all. */
const quietMs = 400;
const redrawMs = 80;
const barWidth = 24;

/** One line on stderr that is redrawn while something long goes on, and gone when it is over. */
export interface Progress {
  /** `fraction` of 0 to 1. */
  update(fraction: number): void;
  end(): void;
}

const silent: Progress = { update: () => {}, end: () => {} };

/** Only on a terminal; a pipe or a log file gets nothing. */
export function createProgress(label: string, output: Output, clock: Clock): Progress {
  if (!output.isErrorTerminal) return silent;
  const startedAt = clock.monotonic();
  let drawnAt = startedAt + quietMs - redrawMs;
  let isShown = false;
  return {
    update(fraction) {
      const now = clock.monotonic();
      if (now - drawnAt < redrawMs) return;
      drawnAt = now;
      isShown = true;
      const full = Math.round(Math.min(1, Math.max(0, fraction)) * barWidth);
      const bar = output.errorStyle.accent('━'.repeat(full)) + output.errorStyle.dim('━'.repeat(barWidth - full));
      const percent = `${Math.floor(fraction * 100)}`.padStart(3);
      output.noteInline(`\r${bar} ${percent} % ${plainExcerpt(label, 40)}\u001b[K`);
    },
    end() {
      if (isShown) output.noteInline('\r\u001b[K');
      isShown = false;
    },
  };
}
