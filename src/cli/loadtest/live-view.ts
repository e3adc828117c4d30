import cliProgress from 'cli-progress';
import type { StepRun } from '../../loadtest/step-run.js';

/** Time between two updates of the bar, milliseconds. */
const BAR_MS = 250;
/** Time between two plain lines, milliseconds. */
const LINE_MS = 5_000;
const FORMAT =
  '{name} {bar} {elapsed}/{length} s | {goodput} pairs/s in time | {inFlight} in flight | refused {refused} | lost {lost} | p50 {p50} p99 {p99} ms';

/** Shows a running measurement on stderr: a bar on a terminal, otherwise a line every five seconds. */
export class LiveView implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private bar: cliProgress.SingleBar | undefined;

  /** @param isQuiet true: shows nothing */
  constructor(private readonly isQuiet: boolean) {}

  /** Shows another measurement. */
  show(run: StepRun): void {
    this.stop();
    if (this.isQuiet) return;
    const { lengthMs } = run;
    const startedMs = performance.now();
    const view = (): Record<string, string> => viewOf(run, performance.now() - startedMs, lengthMs);
    if (process.stderr.isTTY) {
      const bar = new cliProgress.SingleBar(
        { format: FORMAT, barsize: 16, hideCursor: true, clearOnComplete: true, stopOnComplete: false },
        cliProgress.Presets.shades_classic,
      );
      const total = lengthMs === Infinity ? 0 : lengthMs;
      bar.start(total, 0, view());
      this.timer = setInterval(
        () => bar.update(Math.min(total, performance.now() - startedMs), view()),
        BAR_MS,
      );
      this.bar = bar;
    } else
      this.timer = setInterval(() => {
        const { name, elapsed, length, goodput, inFlight, refused, lost, p50, p99 } = view();
        console.error(
          `${name}: ${elapsed}/${length} s, ${goodput} pairs/s in time, ${inFlight} in flight, refused ${refused}, lost ${lost}, p50 ${p50} ms, p99 ${p99} ms`,
        );
      }, LINE_MS);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.bar?.stop();
    this.bar = undefined;
  }
}

function viewOf(run: StepRun, elapsedMs: number, lengthMs: number): Record<string, string> {
  const { tally, name, inFlight } = run;
  return {
    name,
    elapsed: (elapsedMs / 1_000).toFixed(0),
    length: lengthMs === Infinity ? '?' : (lengthMs / 1_000).toFixed(0),
    goodput: run.goodputPairsPerS.toFixed(0),
    inFlight: String(inFlight),
    refused: String(tally.refusedCount),
    lost: String(tally.lost),
    p50: tally.latency.percentileMs(50).toFixed(1),
    p99: tally.latency.percentileMs(99).toFixed(1),
  };
}
