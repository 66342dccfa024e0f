import { invalidInput } from '../errors.ts';

/**
 * Kinds of synthetic messages. The two onboardings are the legacy runner's names: a hard one is urgent, a soft one
 * waits its turn. `role` goes to everybody of one role, `broadcast` to all.
 */
export const mixKinds = ['direct', 'broadcast', 'role', 'hard_onboard', 'soft_onboard'] as const;
export type MixKind = (typeof mixKinds)[number];
/** Weights; what is not named has none. */
export type MessageMix = { readonly [K in MixKind]?: number | undefined };

/** `direct=8,broadcast=1`: kinds with weights. */
export function parseMix(field: string, text: string): MessageMix {
  const mix: Partial<Record<MixKind, number>> = {};
  for (const part of text.split(',')) {
    const [kind = '', weight = ''] = part.split('=').map((word) => word.trim());
    if (!isMixKind(kind)) throw invalidInput(field, text, `has no kind "${kind}"; kinds are ${mixKinds.join(', ')}`);
    if (!/^\d+(\.\d+)?$/.test(weight)) throw invalidInput(field, text, `needs a weight for ${kind}, as in ${kind}=1`);
    mix[kind] = Number(weight);
  }
  if (totalWeight(mix) <= 0) throw invalidInput(field, text, 'needs at least one weight above 0');
  return mix;
}

export function totalWeight(mix: MessageMix): number {
  return mixKinds.reduce((sum, kind) => sum + (mix[kind] ?? 0), 0);
}

/** The kind at `share` (in [0, 1)) of the weights. */
export function kindAt(mix: MessageMix, share: number): MixKind {
  let left = share * totalWeight(mix);
  for (const kind of mixKinds) {
    left -= mix[kind] ?? 0;
    if (left < 0) return kind;
  }
  return 'direct';
}

function isMixKind(text: string): text is MixKind {
  return (mixKinds as readonly string[]).includes(text);
}
