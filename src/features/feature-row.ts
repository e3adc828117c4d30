import type { FeatureDefinition } from './feature-definition.js';
import type { RowSpace } from './key-sets.js';

/**
 * Receives the features of one row, one call per feature, the same calls in the same order for every row. One call is the whole
 * declaration of a feature: its definition, and its value computed from the facts of the row.
 */
export interface FeatureRow {
  /**
   * A feature of whole numbers.
   * @param value NaN where it is missing
   * @param meaning of the value, for docs/reference/features.md
   * @param reason why the definition differs from the published one; default: it is the same
   * @param published name in the published system, `-` for none; default: `name`
   */
  integer(name: string, value: number, meaning: string, reason?: string, published?: string): void;
  /** A feature of any numbers, declared as `integer` is. */
  float(name: string, value: number, meaning: string, reason?: string, published?: string): void;
}

/** Declares every feature of a row space. Each call of `row` is made for every row: a declaration depends on no condition. */
export type DeclareFeatures<Facts> = (row: FeatureRow, facts: Facts) => void;

/** Writes the values of rows, in the order of their declarations. The definitions cost nothing here. */
export class FeatureRowWriter implements FeatureRow {
  private out: Float32Array = new Float32Array(0);
  private at = 0;
  private end = 0;

  /** @param width features that are declared */
  constructor(private readonly width: number) {}

  /** Begins a row, whose values go to out[at .. at + width). */
  begin(out: Float32Array, at: number): void {
    this.out = out;
    this.at = at;
    this.end = at + this.width;
  }

  integer(_name: string, value: number): void {
    this.out[this.at] = value;
    this.at += 1;
  }

  float(_name: string, value: number): void {
    this.out[this.at] = value;
    this.at += 1;
  }

  /** Ends a row. @throws RangeError if another number of features was written than is declared */
  finish(): void {
    if (this.at !== this.end) throw this.wrongCount();
  }

  private wrongCount(): RangeError {
    const written = this.at - this.end + this.width;
    return new RangeError(
      `a row has ${written} features, expected ${this.width}: declare each feature outside of any condition`,
    );
  }
}

/** The definitions of a row space, in the order of their declarations. @param blank facts of any row */
export function describeFeatures<Facts>(
  rowSpace: RowSpace,
  declare: DeclareFeatures<Facts>,
  blank: Facts,
): readonly FeatureDefinition[] {
  const definitions: FeatureDefinition[] = [];
  const describe =
    (kind: FeatureDefinition['kind']): FeatureRow['integer'] =>
    (name, _value, meaning, reason = '', published = name) => {
      const fidelity = reason === '' ? 'same' : 'changed';
      definitions.push({ name, rowSpace, kind, meaning, published, fidelity, reason });
    };
  declare({ integer: describe('integer'), float: describe('float') }, blank);
  return definitions;
}
