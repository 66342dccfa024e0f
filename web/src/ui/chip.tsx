export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

const tones: Readonly<Record<string, Tone>> = {
  alive: 'good',
  acked: 'good',
  complete: 'good',
  working: 'busy',
  completing: 'busy',
  starting: 'busy',
  leased: 'busy',
  ready: 'busy',
  suspect: 'warn',
  blocked: 'warn',
  out_of_gas: 'warn',
  scheduled: 'quiet',
  quarantined: 'warn',
  stalled: 'bad',
  dead: 'bad',
};

export function toneOf(state: string): Tone {
  return tones[state] ?? 'quiet';
}

/** A state in one word; colour only repeats it. */
export function Chip({ state, tone = toneOf(state) }: { state: string; tone?: Tone }) {
  return (
    <span class="chip" data-tone={tone}>
      {state.replaceAll('_', ' ')}
    </span>
  );
}
