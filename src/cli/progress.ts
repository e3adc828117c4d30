import cliProgress from 'cli-progress';

/** A running progress bar. */
export interface Progress {
  /** @param done units finished so far */
  update(done: number): void;
  stop(): void;
}

/**
 * Shows a bar on stderr; draws nothing when stderr is no terminal.
 * @param total units in all; when unknown, only the count is shown
 */
export function openProgress(label: string, unit: string, total?: number): Progress {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const format =
    total === undefined
      ? `${label} {value} ${unit} | {duration_formatted}`
      : `${label} {bar} {percentage}% | {value}/{total} ${unit} | ETA {eta_formatted}`;
  const bar = new cliProgress.SingleBar({ format, hideCursor: true }, cliProgress.Presets.shades_classic);
  bar.start(total ?? 0, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
