/**
 * What Waggle promises, each promise once, in the words of docs/reliability.md. A mutant of `mutants/bank.ts` names the
 * promise it breaks, and its death is the proof that a test sees the promise broken; a gate fails on one nobody breaks.
 */
export const guarantees = {
  G1: 'an answered send survives kill -9 and power cuts, and is synced before the answer',
  G2: 'an error means *unknown*; repeating with the same key is safe',
  G3: 'same key and content: the first id; other content: refused',
  G4: 'at-least-once, same id, rising `gen` and `attempt`',
  G5: 'telling an agent commits its intent first; what may have happened is uncertain and never repeated by itself',
  G6: 'a settle needs the live lease of its generation; refused, it changes nothing',
  G7: 'wall-clock jumps (±48 h) neither expire nor keep a lease; a restart grants full time again',
  G8: 'commit order within inbox and priority; ordering keys; gapless `inboxSeq`',
  G9: 'accepted = sum of all states + pruned, checked from the file alone',
  G10: 'attempts count at lease, backoff, dead letter with every error, redrive',
  G11: 'a damaged file is copied, synced and verified before anything else; never written',
  G12: 'recovery invents nothing; forged and ambiguous entries are never delivered; twice = once',
  G13: 'refuse before accept; settle on a full disk',
  G14: 'after an I/O error or damage: no further success, reopen, check, serve only if sound',
  G15: 'one writer; a second is refused; a replaced one is fenced',
  G16: 'a context is written only at the version its writer read; versions never repeat; no patch is lost',
  G17: 'a program is restarted as its policy says, at most 3 times in 60 s and 8 in a day, whoever dies meanwhile',
  G18: 'a signal reaches only a process whose pid, start time, boot and nonce are those of the record; unknown is not touched',
  G19: 'a program runs once at a time; a hub that comes after finds it again, signals none and hears of the ends it missed',
  G21: 'what leaves this machine is written with its change and sent at least once, one at a time for each destination, which is obeyed when it asks for time; it never holds up the queue',
  G22: 'an alert fires and ends once, whatever trembles; one about the store is told past it: a file that is gone or another at once, damage at the next check',
  G20: 'a mission changes hands in one step: at every crash point one owner, and what the former one held is fenced',
  /** The security programme: who may speak to the hub, and who may read its files. */
  S1: 'only the owner, with the token, from no foreign page, may speak to the hub or read its files',
  S2: 'a webhook reaches only the open internet or, where the operator plainly said so, this machine; vetted addresses are the ones connected to',
  S3: 'agents that answer one another are stopped, only they, and until they pause or a person speaks; wakes have a budget',
  S4: 'no text of an agent or a peer is read by tmux or typed; the one line that is, only where it is certain to be wanted',
  S5: 'an agent speaks as itself, reads its own mail and does what the table of access allows; a former incarnation does nothing',
  S6: 'the audit log has a row for every refusal and every control, and shows when it was touched',
  /** Liveness: what is deliverable reaches a consumer that waits, and a dead consumer holds nothing. */
  L1: 'nothing deliverable lies beside a consumer that waits, and nobody keeps a message without working on it',
} as const;

export type GuaranteeId = keyof typeof guarantees;
