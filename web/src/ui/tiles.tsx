import type { Tone } from './chip.tsx';

export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
  readonly tone?: Tone;
}

/** The numbers that matter, each with its name. */
export function Tiles({ tiles }: { tiles: readonly Tile[] }) {
  return (
    <dl class="tiles">
      {tiles.map(({ name, value, note, tone }) => (
        <div key={name} data-tone={tone}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note === undefined ? null : <small> {note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
