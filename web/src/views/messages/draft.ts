import { signal } from '@preact/signals';
import type { Priority } from '../../../../src/message/message.ts';

/** A message that is being written; one that answers or mends another says which. */
export interface Draft {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  readonly isJson?: boolean;
  readonly kind?: string;
  readonly priority?: Priority;
  readonly threadId?: string;
  readonly replyTo?: string;
  /** The dead letter that this one takes the place of. */
  readonly mends?: string;
}

/** What is being written; undefined while nobody writes. */
export const draft = signal<Draft | undefined>(undefined);
