/**
 * A part of an agent's brief. A room that knows something an agent must know (its mission, its mail, the last hand-off)
 * registers a section; the context room packs them and knows none of those rooms.
 */
export interface BriefSection {
  /** Heading, one to three words. */
  readonly title: string;
  /** Sections are filled in this order, least first: what stands first is cut last. */
  readonly order: number;
  /** Share of the budget it may take at most while others still want room, 0–1. */
  readonly share: number;
  /** About the agent itself (its mail), and so not handed on with its work. */
  readonly isPersonal?: true;
  /** Whole items, most important first; none leaves the section out. An item is never shown in part unless it is the first. */
  items(agent: string): Promise<readonly BriefItem[]>;
}

export interface BriefItem {
  readonly text: string;
  /** Text of another agent or of a document: shown as data, framed, never as an order. */
  readonly isUntrusted?: boolean;
  /** Where the rest can be read: a command or a tool call. */
  readonly more?: string;
}
