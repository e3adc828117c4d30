import { closestMatch } from 'leven';
import { type Finding, finding } from '../../finding.js';

const TYPO_DISTANCE = 2;
/** A shorter key is near to anything. */
const LEAST_LENGTH = 4;

/**
 * String parameters by key. A key that nothing knows but is nearly a known one counts as that one, so that a typing mistake is
 * told once, as what it is.
 */
export class ParameterValues {
  /** A finding per misspelt key. */
  readonly typos: readonly Finding[];
  private readonly values = new Map<string, { readonly key: string; readonly value: string }>();

  /**
   * @param field where the parameters are in the configuration
   * @param known every key that is read
   */
  constructor(
    private readonly field: string,
    parameters: Readonly<Record<string, string>>,
    known: readonly string[],
  ) {
    const typos: Finding[] = [];
    for (const [key, value] of Object.entries(parameters)) {
      const meant = known.includes(key) ? key : nearest(key, known);
      if (meant === undefined) continue;
      const isTypo = meant !== key;
      if (isTypo)
        typos.push(finding('parameter-typo', this.fieldOf(key), `unknown, expected perhaps "${meant}"`));
      if (!isTypo || !Object.hasOwn(parameters, meant)) this.values.set(meant, { key, value });
    }
    this.typos = typos;
  }

  /** The value of a key, undefined where it is absent. */
  get(key: string): string | undefined {
    return this.values.get(key)?.value;
  }

  /** Path of a key in the configuration, as it is written there. */
  fieldOf(key: string): string {
    return `${this.field}.${this.values.get(key)?.key ?? key}`;
  }
}

function nearest(key: string, known: readonly string[]): string | undefined {
  return key.length < LEAST_LENGTH ? undefined : closestMatch(key, known, { maxDistance: TYPO_DISTANCE });
}
