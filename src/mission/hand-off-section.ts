import type { BriefSection } from '../context/brief-section.ts';
import type { Store } from '../store/store.ts';

/** What an agent took over last, and what it is offered: read after a restart or compaction. */
export function handOffSection(store: Store): BriefSection {
  return {
    title: 'Hand-offs',
    order: 15,
    share: 0.2,
    isPersonal: true,
    async items(agent) {
      const offered = await store.handOffs.list({ agent, state: 'offered' }, 10);
      const accepted = await store.handOffs.list({ agent, state: 'accepted' }, 10);
      const [last] = accepted.filter(({ to }) => to === agent);
      return [
        ...offered
          .filter(({ to }) => to === agent)
          .map(({ id, mission, from }) => ({
            text: `${from} offers you mission ${mission}: accept or decline`,
            more: id,
          })),
        ...(last === undefined
          ? []
          : [{ text: `you took over mission ${last.mission} from ${last.from}`, more: last.id }]),
        ...(last?.note === undefined ? [] : [{ text: last.note, isUntrusted: true, more: `from ${last.from}` }]),
      ];
    },
  };
}
