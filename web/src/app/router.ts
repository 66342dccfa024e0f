import { signal } from '@preact/signals';

/** Where the page is: a view, and what of it is looked at. */
export interface Place {
  readonly view: string;
  readonly rest: readonly string[];
  /** What follows a `?` in the fragment: filters, so that a filtered list has an address. */
  readonly query: Readonly<Record<string, string>>;
}

export const place = signal<Place>(read());

addEventListener('hashchange', () => {
  place.value = read();
});

export function addressOf(view: string, ...rest: readonly string[]): string {
  return `#/${[view, ...rest.map(encodeURIComponent)].join('/')}`;
}

/** Filters of the view stay as they are. */
export function go(view: string, ...rest: readonly string[]): void {
  const query = view === place.value.view ? new URLSearchParams(place.value.query).toString() : '';
  location.hash = query === '' ? addressOf(view, ...rest) : `${addressOf(view, ...rest)}?${query}`;
}

/** Changes filters in the address without a step in the history; an empty value takes one out. */
export function refine(changes: Readonly<Record<string, string>>): void {
  const query = Object.entries({ ...place.value.query, ...changes }).filter(([, value]) => value !== '');
  const text = new URLSearchParams(query).toString();
  const [path = ''] = location.hash.split('?');
  history.replaceState(null, '', text === '' ? path : `${path}?${text}`);
  place.value = read();
}

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...rest] = path.split('/');
  return { view, rest: rest.map(decode), query: Object.fromEntries(new URLSearchParams(query)) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody typed it
  }
}
