import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WireEvent } from '../../../src/hub/api.ts';
import { listen } from './events.ts';

/** What was told lately that fits, newest first, and what is told from now on. */
export function useHistory(fits: (event: WireEvent) => boolean, most: number): readonly WireEvent[] {
  const entries = useSignal<readonly WireEvent[]>([]);
  useEffect(() => {
    entries.value = [];
    return listen((events) => {
      const fresh = events.filter(fits);
      if (fresh.length > 0) entries.value = [...fresh.toReversed(), ...entries.value].slice(0, most);
    });
  }, []);
  return entries.value;
}
