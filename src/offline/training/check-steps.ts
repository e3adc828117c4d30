import type { TrainingStep } from './training-step.js';

/**
 * Checks that steps form a graph in the order they are listed in.
 * @param isSource true for a path that no step makes
 * @throws TypeError for a name or an output that occurs twice, and for an input that neither an earlier step makes nor is a
 *   source
 */
export function checkSteps(steps: readonly TrainingStep[], isSource: (path: string) => boolean): void {
  const makers = new Map<string, string>();
  const names = new Set<string>();
  for (const { name, inputs, outputs } of steps) {
    if (names.has(name)) throw new TypeError(`two steps are named "${name}"`);
    names.add(name);
    const missing = inputs.find((path) => makersOf(makers, path).length === 0 && !isSource(path));
    if (missing !== undefined)
      throw new TypeError(`step "${name}" reads ${missing}, which no earlier step makes`);
    for (const path of outputs) {
      const other = makers.get(path);
      if (other !== undefined) throw new TypeError(`steps "${other}" and "${name}" both make ${path}`);
      makers.set(path, name);
    }
  }
}

/** Names of the earlier steps whose outputs a step reads. */
export function dependenciesOf(step: TrainingStep, steps: readonly TrainingStep[]): ReadonlySet<string> {
  const earlier = steps.slice(0, steps.indexOf(step));
  const makers = new Map(
    earlier.flatMap(({ name, outputs }) => outputs.map((path) => [path, name] as const)),
  );
  return new Set(step.inputs.flatMap((path) => makersOf(makers, path)));
}

/** Steps that make a path, a file in it, or the folder that it lies in. */
function makersOf(makers: ReadonlyMap<string, string>, path: string): string[] {
  return [...makers].flatMap(([output, name]) =>
    output === path || path.startsWith(`${output}/`) || output.startsWith(`${path}/`) ? [name] : [],
  );
}
