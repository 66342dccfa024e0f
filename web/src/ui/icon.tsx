const paths = {
  swarm: 'M12 2.8 20 7.4v9.2l-8 4.600-8-4.600V7.400zM12 8.200v7.600M8.700 10.100v3.800M15.300 10.100v3.800',
  messages: 'M4 5.500h16v11H9.500L5.500 20v-3.500H4zM8 9.500h8M8 12.700h5',
  queue: 'M3 13h4l2.500-7 4.500 13 2.500-6H21',
  stress:
    'M9 3.500h6M10.500 3.500v5.700L5 18.500c-.8 1.300 0 2.500 1.400 2.500h11.200c1.400 0 2.200-1.200 1.400-2.500l-5.500-9.300V3.500M7.800 15h8.400',
  sun: 'M12 7.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400',
  moon: 'M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z',
  auto: 'M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17M12 3.500v17M12 8h7.500M12 12h8.500M12 16h7.500',
  close: 'M6 6l12 12M18 6 6 18',
  send: 'M4 12 20.500 4.500 14 20l-2.500-6.500z',
  out: 'M14 4h5v16h-5M4 12h11M8 8l-4 4 4 4',
  back: 'M14.500 5.500 8 12l6.500 6.500',
} as const;

export type IconName = keyof typeof paths;

/** Decoration: what it means is said in words beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
