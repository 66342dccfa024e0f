import type { ComponentType } from 'preact';
import type { IconName } from '../ui/icon.tsx';
import { Messages } from '../views/messages/messages.tsx';
import { QueueHealth } from '../views/queue/queue-health.tsx';
import { StressLab } from '../views/stress/stress-lab.tsx';
import { Swarm } from '../views/swarm/swarm.tsx';

export interface View {
  readonly name: string;
  readonly title: string;
  readonly icon: IconName;
  /** Absent while its room has not been built: nothing links to it. */
  readonly Page?: ComponentType;
}

/** Every view there is or will be, in the order of the navigation. A room that lands brings its page here. */
export const views: readonly View[] = [
  { name: 'swarm', title: 'Swarm', icon: 'swarm', Page: Swarm },
  { name: 'messages', title: 'Messages', icon: 'messages', Page: Messages },
  { name: 'queue', title: 'Queue health', icon: 'queue', Page: QueueHealth },
  { name: 'pipeline', title: 'Pipeline', icon: 'queue' },
  { name: 'assignments', title: 'Assignments', icon: 'queue' },
  { name: 'healing', title: 'Healing', icon: 'queue' },
  { name: 'stress', title: 'Stress lab', icon: 'stress', Page: StressLab },
  { name: 'search', title: 'Search', icon: 'queue' },
  { name: 'devlog', title: 'Devlog', icon: 'queue' },
];
