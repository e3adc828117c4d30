/** A program that a step runs, in the root of the repository. */
export interface StepCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Environment variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** File that gets the standard output, whole or not at all. Default: the log. */
  readonly stdoutPath?: string;
}

/** One step of a training: files in, files out. Paths are relative to the root of the repository. */
export interface TrainingStep {
  /** Unique, for instance `train xgb1`. */
  readonly name: string;
  /** Files and folders that the step reads: outputs of earlier steps, or files of the repository. */
  readonly inputs: readonly string[];
  /** Files and folders that the step makes. No two steps make the same. */
  readonly outputs: readonly string[];
  /** A program, or a function of this process. */
  readonly action: StepCommand | (() => void);
}
