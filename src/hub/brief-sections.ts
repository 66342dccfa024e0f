import type { BriefItem, BriefSection } from '../context/brief-section.ts';
import { handOffSection } from '../mission/hand-off-section.ts';
import { missionSection } from '../mission/mission-section.ts';
import type { Store } from '../store/store.ts';

/** Subject and the beginning of a body: enough to decide what to read first. */
const digestChars = 160;

/** What every room below the hub tells an agent in its brief. */
export function foundationSections(store: Store): readonly BriefSection[] {
  return [
    missionSection(store),
    handOffSection(store),
    {
      title: 'Your notes',
      order: 20,
      share: 0.4,
      async items(agent) {
        const context = await store.contexts.get(agent);
        return Object.entries(context?.value ?? {}).map(([name, value]) => ({ text: `${name}: ${asText(value)}` }));
      },
    },
    {
      title: 'Waiting mail',
      order: 30,
      isPersonal: true,
      share: 0.3,
      async items(agent) {
        const { ready } = await store.messages.inboxStats(agent);
        const messages = await store.messages.peek(agent, 20);
        const items = messages.map(({ id, from, priority, kind, subject, body }): BriefItem => {
          const about = subject ?? body;
          const text = about.length > digestChars ? `${about.slice(0, digestChars)}…` : about;
          return { text, isUntrusted: true, more: `${priority} ${kind} from ${from}, ${id}` };
        });
        if (ready === 0) return [];
        return [{ text: `${ready} unread; check_inbox takes them`, more: `waggle inbox ${agent}` }, ...items];
      },
    },
    {
      title: 'Shared notes',
      order: 60,
      share: 0.2,
      async items() {
        const shared = await store.contexts.get('shared');
        return Object.entries(shared?.value ?? {}).map(([name, value]) => ({
          text: `${name}: ${asText(value)}`,
          isUntrusted: true,
        }));
      },
    },
  ];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
