/** What may come next inside the innermost intact frame. `any` holds at the base and in frames that damage struck. */
export const expect = {
  any: 0,
  keyOrEnd: 1,
  key: 2,
  colon: 3,
  value: 4,
  afterMember: 5,
  itemOrEnd: 6,
  item: 7,
  afterItem: 8,
} as const;
export type Expect = (typeof expect)[keyof typeof expect];
