export { checkHistoryFiles, type FilesReport } from './check-files.ts';
export { type CheckOptions, checkHistory } from './check-history.ts';
export { type HistoryFiles, openHistory, type TornLine } from './history-reader.ts';
export { type HistorySink, HistoryWriter, memoryHistory } from './history-writer.ts';
export { checkRegister, type RegisterCall, type RegisterLimits, type RegisterVerdict } from './linearizable.ts';
export type { HistoryOp, HistoryRecord, PlacedRecord } from './record.ts';
export { type RecordSwarmOptions, recordFinals, recordSwarm } from './record-swarm.ts';
export { bodyHash, type Facts, type RecordedCall, Recorder } from './recorder.ts';
export {
  type Finding,
  type FindingClass,
  findingClasses,
  type HistoryReport,
  type HistorySummary,
  type Proof,
} from './report.ts';
