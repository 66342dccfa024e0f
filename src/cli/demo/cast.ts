/** One scripted agent: who it is, what it works on, and whom it hands each piece of work to. */
export interface Actor {
  readonly id: string;
  readonly role: string;
  readonly skills: readonly string[];
  /** What it says it does with a task. */
  readonly does: string;
  /** One of these gets the task next; nobody: it is finished. */
  readonly next: readonly string[];
  /** How long a piece of work takes, more or less. */
  readonly paceMs: number;
  readonly mission: string;
  readonly units: number;
}

/** Eight agents around one line of work, so that there is something to see in every view. */
export const cast: readonly Actor[] = [
  {
    id: 'cora',
    role: 'captain',
    skills: ['planning'],
    does: 'Plan',
    next: ['scout'],
    paceMs: 500,
    mission: 'Keep the swarm busy',
    units: 40,
  },
  {
    id: 'scout',
    role: 'researcher',
    skills: ['reading'],
    does: 'Read the code for',
    next: ['ada', 'lin'],
    paceMs: 900,
    mission: 'Map the modules',
    units: 24,
  },
  {
    id: 'ada',
    role: 'builder',
    skills: ['typescript'],
    does: 'Build',
    next: ['grace'],
    paceMs: 1_900,
    mission: 'Rewrite the parser',
    units: 12,
  },
  {
    id: 'lin',
    role: 'builder',
    skills: ['sql'],
    does: 'Build',
    next: ['grace'],
    paceMs: 1_900,
    mission: 'Move the store',
    units: 12,
  },
  {
    id: 'grace',
    role: 'tester',
    skills: ['testing'],
    does: 'Test',
    next: ['ken'],
    paceMs: 1_100,
    mission: 'Cover the edges',
    units: 20,
  },
  {
    id: 'ken',
    role: 'reviewer',
    skills: ['review'],
    does: 'Review',
    next: ['rosa'],
    paceMs: 900,
    mission: 'Read every change',
    units: 20,
  },
  {
    id: 'rosa',
    role: 'writer',
    skills: ['docs'],
    does: 'Document',
    next: ['otto'],
    paceMs: 800,
    mission: 'Tell what it does',
    units: 18,
  },
  {
    id: 'otto',
    role: 'releaser',
    skills: ['shipping'],
    does: 'Ship',
    next: [],
    paceMs: 600,
    mission: 'Release 1.0',
    units: 30,
  },
];

/** What the operator asks for, in turn. */
export const requests: readonly string[] = [
  'the login that forgets people',
  'the export to CSV',
  'the slow search',
  'a retry that never ends',
  'the settings page on a phone',
  'dates in two time zones',
  'an import of the old queue',
  'the flaky upload',
];

/** Kinds of message with which the demo makes things go wrong. */
export const mischief = { stall: 'demo-stall', riddle: 'demo-riddle' } as const;
