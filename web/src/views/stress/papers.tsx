import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { compareReports } from '../../../../src/stress/compare-reports.ts';
import type { StressReport } from '../../../../src/stress/stress-report.ts';
import { call } from '../../live/api.ts';
import { useResource } from '../../live/resource.ts';
import { Bars } from '../../ui/bars.tsx';
import { Trouble } from '../../ui/empty.tsx';

/** The report that others are compared with; it stays while the page is open. */
const baseline = signal<{ readonly name: string; readonly report: StressReport } | undefined>(undefined);

/** What a run leaves: its distribution, a comparison with an earlier one, and the report to take along. */
export function Papers({ run }: { run: number }) {
  const papers = useResource(`papers ${run}`, (signal) => call('stress.report', {}, signal));
  const known = papers.data.value;
  if (known === undefined) return <Trouble text={papers.trouble.value} />;
  const report = known.report as unknown as StressReport; // what the lab wrote
  const name = `${report.scenario.name} of ${new Date(report.startedAt).toLocaleTimeString(undefined, { hour12: false })}`;
  return (
    <div class="pair">
      <section class="block" aria-labelledby="distribution">
        <h2 id="distribution" class="unseen">
          Latency distribution
        </h2>
        <Bars
          title="Latency, from the first send call to the ack's answer"
          bars={report.latencyBars.map(({ toMs, count }) => ({ name: short(toMs), count }))}
        />
        <div class="actions">
          <button type="button" onClick={() => save('report.json', 'application/json', JSON.stringify(known.report))}>
            Download report.json
          </button>
          <button type="button" onClick={() => save('report.html', 'text/html', known.html)}>
            Download report.html
          </button>
        </div>
      </section>
      <section class="block" aria-labelledby="comparison">
        <h2 id="comparison">Compared with {baseline.value === undefined ? 'a baseline' : baseline.value.name}</h2>
        <Comparison report={report} />
        <div class="actions">
          <button type="button" onClick={() => (baseline.value = { name, report })}>
            Take this run as the baseline
          </button>
          <FromFile />
        </div>
      </section>
    </div>
  );
}

function Comparison({ report }: { report: StressReport }) {
  const before = baseline.value;
  if (before === undefined) {
    return (
      <p class="dim">
        Take a run as the baseline, or open a report.json of an earlier one; the next runs stand beside it.
      </p>
    );
  }
  return (
    <table class="comparison">
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col">Before</th>
          <th scope="col">Now</th>
          <th scope="col">Ratio</th>
        </tr>
      </thead>
      <tbody>
        {compareReports(report, before.report).map(({ name, before: was, now, ratio, worsePercent }) => (
          <tr key={name} data-tone={worsePercent > markedPercent ? 'bad' : undefined}>
            <th scope="row">{name}</th>
            <td>{was.toFixed(2)}</td>
            <td>{now.toFixed(2)}</td>
            <td>
              {ratio === undefined ? '–' : `${ratio.toFixed(2)}×`}
              {worsePercent > markedPercent ? ' worse' : ''}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Less is the noise of a shared machine. */
const markedPercent = 20;

function FromFile() {
  const [trouble, setTrouble] = useState<string>();
  const read = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      baseline.value = { name: file.name, report: parsed(await file.text()) };
      setTrouble(undefined);
    } catch (error) {
      setTrouble(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <>
      <label class="button">
        Open a report.json
        <input
          class="unseen"
          type="file"
          accept="application/json,.json"
          onChange={({ currentTarget }) => void read(currentTarget.files?.[0])}
        />
      </label>
      <Trouble text={trouble} />
    </>
  );
}

function parsed(text: string): StressReport {
  const report = JSON.parse(text) as Partial<StressReport>; // looked at on the next line
  if (report.format !== 'waggle-stress-1' || report.result?.batch === undefined) {
    throw new Error('this is no report of waggle stress');
  }
  return report as StressReport; // by its own mark
}

function save(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function short(ms: number): string {
  return ms >= 1_000 ? `${Math.round(ms / 100) / 10} s` : ms >= 10 ? `${Math.round(ms)}` : ms.toFixed(1);
}
