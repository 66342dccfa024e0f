import { invalidInput } from '../errors.ts';
import type { Check, CheckContext } from './check.ts';
import { AttemptsCheck } from './checks/attempts.ts';
import { ConservationCheck } from './checks/conservation.ts';
import { GapCheck } from './checks/gap.ts';
import { LostCheck } from './checks/lost.ts';
import { OrderCheck } from './checks/order.ts';
import { OriginCheck } from './checks/origin.ts';
import { OverlapCheck } from './checks/overlap.ts';
import { RegisterCheck } from './checks/register.ts';
import { SettlingCheck } from './checks/settling.ts';
import { StarvedCheck } from './checks/starved.ts';
import { Ledger } from './ledger.ts';
import type { Moment } from './moment.ts';
import type { PlacedRecord } from './record.ts';
import { Findings, type HistoryReport } from './report.ts';
import { summarize } from './summary.ts';
import { Walk } from './walk.ts';

export interface CheckOptions {
  /** The run went on until nothing was left: what never ended is lost even without `final` records. Default false. */
  readonly isDrained?: boolean;
  /** Findings of each class that are listed; totals are exact. Default 20. */
  readonly maxFindings?: number;
  /** How much too early a lease may seem to end by rounding of the hub's clock. Default 5. */
  readonly tickMs?: number;
  /** How long a message may lie ready beside an idle consumer. Default 30 000. */
  readonly starvedAfterMs?: number;
}

/**
 * Judges what clients did and were told. The records must be in order of time, as `readHistory` gives them; a record out of
 * order, or an end without its invoke, is `invalid_input`. Takes one pass; memory grows with messages, not with records.
 */
export async function checkHistory(
  records: Iterable<PlacedRecord> | AsyncIterable<PlacedRecord>,
  options: CheckOptions = {},
): Promise<HistoryReport> {
  const { isDrained = false, maxFindings = 20, tickMs = 5, starvedAfterMs = 30_000 } = options;
  const files = new FileNumbers();
  const notChecked: string[] = [];
  const findings = new Findings(files.names, maxFindings);
  const ledger = new Ledger();
  const context: CheckContext = {
    ledger,
    findings,
    tickMs,
    starvedAfterMs,
    notChecked: (sentence) => void (notChecked.length < maxFindings && notChecked.push(sentence)),
  };
  const walk = new Walk(context, allChecks(context, isDrained));
  let count = 0;
  let lastT = Number.NEGATIVE_INFINITY;
  for await (const record of records) {
    count += 1;
    if (!(record.t_mono >= lastT)) {
      throw invalidInput('t_mono', record.t_mono, `record ${count} must not be earlier than the one before (${lastT})`);
    }
    lastT = record.t_mono;
    const moment: Moment = { t: lastT, file: files.numberOf(record.file ?? ''), line: record.line ?? count };
    walk.take(record, moment);
  }
  walk.finish();
  const { totals } = findings;
  const isOk = Object.values(totals).every((total) => total === 0);
  return { ok: isOk, summary: summarize(ledger, count, totals), totals, findings: findings.list(), notChecked };
}

function allChecks(context: CheckContext, isDrained: boolean): Check[] {
  return [
    new OriginCheck(context),
    new SettlingCheck(context),
    new OverlapCheck(context),
    new OrderCheck(context),
    new GapCheck(context),
    new AttemptsCheck(context),
    new ConservationCheck(context),
    new StarvedCheck(context),
    new RegisterCheck(context),
    new LostCheck(context, isDrained),
  ];
}

/** A number for each file, so that a moment stays small. */
class FileNumbers {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.names.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}
