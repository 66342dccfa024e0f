import { expect, test } from 'vitest';
import type { Store } from '../store/store.ts';
import type { Mission, WorkUnit } from './mission.ts';
import { missionSection } from './mission-section.ts';

const mission = (id: string, facts: Partial<Mission> = {}): Mission => ({
  id,
  owner: 'ada',
  epoch: 1,
  done: 0,
  of: 2,
  units: [],
  createdAt: 0,
  updatedAt: 0,
  ...facts,
});

const units = (count: number): WorkUnit[] =>
  Array.from({ length: count }, (_, index) => ({ name: `unit ${index + 1}`, done: index === 0 }));

/** What an agent that owns these is told; the section asks for nothing else of a store. */
function told(...missions: Mission[]) {
  const list = async ({ owner }: { owner?: string }) => missions.filter((one) => one.owner === owner);
  return missionSection({ missions: { list } } as unknown as Store).items('ada');
}

test('an agent is told how far its open missions are, and nothing of what is over or of others', async () => {
  const others = [
    mission('dropped', { droppedAt: 1 }),
    mission('done', { done: 2 }),
    mission('of bob', { owner: 'bob' }),
  ];
  expect(await told(mission('parser', { done: 1 }), ...others)).toEqual([
    { text: 'parser: 1 of 2 units done', more: 'report_progress' },
  ]);
});

test('what its planner wrote is data, and units past the tenth are counted', async () => {
  const [, plan] = await told(mission('parser', { title: 'Parse it', of: 13, done: 1, units: units(13) }));
  expect(plan).toMatchObject({ isUntrusted: true, more: 'parser' });
  expect(plan?.text).toMatch(/^Parse it\nnext: unit 2; unit 3; .*unit 11 and 2 more$/);
  const [, few] = await told(mission('parser', { of: 3, done: 1, units: units(3) }));
  expect(few?.text).toBe('next: unit 2; unit 3');
});
