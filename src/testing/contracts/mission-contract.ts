import { describe, expect, test } from 'vitest';
import { keptReports } from '../../mission/mission.ts';
import { Missions, type ProgressReport } from '../../mission/missions.ts';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

/** What every store that keeps missions promises, with the room's own decisions on top. */
export function missionContract(open: OpenStore): void {
  describe('missions', () => {
    const parser = { id: 'parser', owner: 'ada', done: 0, of: 3, units: ['a', 'b', 'c'].map(undone) };
    const report = (more: Partial<ProgressReport>): ProgressReport => ({ agent: 'ada', source: 'agent', ...more });

    test('belong to a registered agent and keep their id for good', async () => {
      await using fixture = await StoreFixture.open(open);
      const { missions } = fixture.store;
      const added = await missions.add({ ...parser, title: 'Write the parser' });
      expect(added).toMatchObject({ ...parser, title: 'Write the parser', createdAt: fixture.clock.now() });
      expect(await missions.get('parser')).toEqual(added);
      await refusal(missions.add({ ...parser, owner: 'bob' }), 'already_exists');
      await refusal(missions.add({ ...parser, id: 'other', owner: 'nobody' }), 'not_found');
      await missions.drop('parser', 'operator');
      await refusal(missions.add(parser), 'already_exists');
    });

    test('progress is kept with who said so and why, newest first, and told once', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store } = fixture;
      const room = new Missions(store);
      await room.add(parser);
      const before = await store.events.last();
      const first = report({ mission: 'parser', done: 1, of: 3, evidence: 'tests green' });
      expect(await room.report(first)).toMatchObject({ change: 'forward', mission: { done: 1, of: 3 } });
      expect(await room.report(first)).toMatchObject({ change: 'none' });
      expect(await room.report(report({ units: ['c'], via: 'operator' }))).toMatchObject({ change: 'scope' });
      expect(await room.report({ ...first, evidence: 'reviewed' })).toMatchObject({ change: 'evidence' });
      expect(await store.missions.reports('parser', 10)).toMatchObject([
        { number: 3, by: 'ada', change: 'evidence', evidence: 'reviewed' },
        { number: 2, via: 'operator', change: 'scope' },
        { number: 1, source: 'agent', done: 1, of: 3, change: 'forward', evidence: 'tests green' },
      ]);
      const [event, ...others] = await store.events.read(before, 10);
      expect(event).toMatchObject({
        type: 'mission.progressed',
        agent: 'ada',
        data: { mission: 'parser', done: 1, of: 3, doneBefore: 0, ofBefore: 3, by: 'ada', source: 'agent' },
      });
      expect(others).toHaveLength(2);
    });

    test('only the newest reports are kept', async () => {
      await using fixture = await StoreFixture.open(open);
      const room = new Missions(fixture.store);
      await room.add({ ...parser, of: 1_000, units: [] });
      for (let done = 1; done <= keptReports + 5; done += 1) await room.report(report({ done }));
      const kept = await fixture.store.missions.reports('parser', 1_000);
      expect([kept.length, kept[0]?.number, kept.at(-1)?.number]).toEqual([keptReports, keptReports + 5, 6]);
    });

    test('a refused report leaves no trace', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store } = fixture;
      const room = new Missions(store);
      await room.add(parser);
      await room.report(report({ done: 2 }));
      const before = await store.events.last();
      await refusal(room.report(report({ done: 1 })), 'illegal_transition');
      await refusal(room.report(report({ done: 4 })), 'invalid_input');
      await refusal(room.report(report({ units: ['x'] })), 'invalid_input');
      await refusal(room.report(report({ mission: 'none', done: 1 })), 'not_found');
      await refusal(room.report(report({ agent: 'nobody', done: 1, of: 2 })), 'not_found');
      await refusal(room.report(report({ agent: 'bob', mission: 'parser', done: 3 })), 'version_conflict');
      await refusal(room.report(report({ agent: 'bob', units: ['a'] })), 'not_found');
      await refusal(room.report(report({ agent: 'bob', done: 4, of: 2 })), 'invalid_input');
      expect(await store.events.last()).toBe(before);
      expect(await store.missions.get('parser')).toMatchObject({ done: 2, of: 3 });
    });

    test('without a name it is the one open mission, the latest one, or one of its own', async () => {
      await using fixture = await StoreFixture.open(open);
      const room = new Missions(fixture.store);
      const own = report({ done: 2, of: 4 });
      expect((await room.report(own)).mission).toMatchObject({ id: 'ada', owner: 'ada', done: 2, of: 4 });
      await room.add(parser);
      const error = await refusal(room.report(own), 'invalid_input');
      expect(error.message).toContain('works on parser, ada');
      await room.report(report({ mission: 'ada', done: 4 }));
      expect((await room.report(report({ done: 1 }))).mission.id).toBe('parser');
      await room.report(report({ done: 3 }));
      expect(await room.report(report({ done: 3, of: 3 }))).toMatchObject({
        change: 'none',
        mission: { id: 'parser' },
      });
    });

    test('a dropped mission takes nothing more, and dropping it again answers the same', async () => {
      await using fixture = await StoreFixture.open(open);
      const room = new Missions(fixture.store);
      await room.add(parser);
      const dropped = await room.drop('parser', 'operator');
      expect(dropped.droppedAt).toBe(fixture.clock.now());
      fixture.clock.advance(1_000);
      expect(await room.drop('parser', 'operator')).toEqual(dropped);
      await refusal(room.report(report({ mission: 'parser', done: 1 })), 'illegal_transition');
      await refusal(room.drop('none', 'operator'), 'not_found');
    });

    test('change hands only from the ownership that was seen, and an earlier owner is refused', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store } = fixture;
      const room = new Missions(store);
      const { epoch } = await room.add(parser);
      const bobs = await store.missions.transfer('parser', epoch, 'bob');
      expect(bobs.owner).toBe('bob');
      expect(bobs.epoch).toBeGreaterThan(epoch);
      await refusal(store.missions.transfer('parser', epoch, 'cy'), 'version_conflict');
      await refusal(room.report(report({ mission: 'parser', done: 1 })), 'version_conflict');
      const again = await store.missions.transfer('parser', bobs.epoch, 'ada');
      // It is hers again, but a process of hers from before does not know that.
      await refusal(room.report(report({ done: 1, epoch })), 'version_conflict');
      expect((await room.report(report({ done: 1, epoch: again.epoch }))).mission.done).toBe(1);
      expect((await store.missions.list({ owner: 'bob' })).length).toBe(0);
      await refusal(store.missions.transfer('none', 1, 'ada'), 'not_found');
      await refusal(store.missions.transfer('parser', again.epoch, 'nobody'), 'not_found');
    });
  });
}

const undone = (name: string) => ({ name, done: false });
