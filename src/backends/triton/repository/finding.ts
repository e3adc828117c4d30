import { type RuleId, RULES, type Severity } from './rules.js';

/** One thing that is wrong with a model's configuration. */
export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  /** Path in the configuration, in the names of config.pbtxt: `dynamic_batching.default_queue_policy.max_queue_size`. */
  readonly field: string;
  /** Value, what is accepted, and how to correct it; one line. */
  readonly problem: string;
}

/** A finding with the file it is in. */
export interface LocatedFinding extends Finding {
  /** Name of the model's folder. */
  readonly model: string;
  /** Path of the file or folder, as the repository was named. */
  readonly file: string;
}

/** Makes a finding; its severity is that of the rule. */
export function finding(rule: RuleId, field: string, problem: string): Finding {
  return { rule, severity: RULES[rule].severity, field, problem };
}
