import type { BriefItem, BriefSection } from '../context/brief-section.ts';
import type { Store } from '../store/store.ts';
import { type Mission, nextUnits, stateOf } from './mission.ts';

/** Units of a mission named in a brief; the rest are counted. */
const namedInBrief = 10;

/** What an agent works on, how far it is and what comes next: the first thing it must know. */
export function missionSection(store: Store): BriefSection {
  return {
    title: 'Your missions',
    order: 10,
    share: 0.3,
    async items(agent) {
      const missions = await store.missions.list({ owner: agent });
      return missions.filter((mission) => stateOf(mission) === 'open').flatMap(itemsOf);
    },
  };
}

/** Titles and units were written by whoever planned the work, which may be another agent: they are data. */
function itemsOf(mission: Mission): BriefItem[] {
  const next = nextUnits(mission);
  const more = next.length > namedInBrief ? ` and ${next.length - namedInBrief} more` : '';
  const told: BriefItem[] = [
    { text: `${mission.id}: ${mission.done} of ${mission.of} units done`, more: 'report_progress' },
  ];
  const plan = [
    ...(mission.title === undefined ? [] : [mission.title]),
    ...(next.length === 0 ? [] : [`next: ${next.slice(0, namedInBrief).join('; ')}${more}`]),
  ];
  return plan.length === 0 ? told : [...told, { text: plan.join('\n'), isUntrusted: true, more: mission.id }];
}
