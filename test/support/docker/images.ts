import { join } from 'node:path';
import { runProgram } from '../processes/run-program.js';
import { ROOT } from '../gateway/test-gateway.js';
import { prepareTritonContainers } from '../triton/triton-container.js';

/** The images of docker/, or the reason why this machine has none. */
export interface Images {
  /** True if the images are missing and may be missing: tests are then skipped, by name. */
  readonly isOptionalAndMissing: boolean;
  /** Reason why the images are missing; empty if they are there. */
  readonly reason: string;
  /** Name of the image of the gateway. */
  readonly gateway: string;
  /** Name of the image of Triton on a CPU. */
  readonly triton: string;
}

/**
 * Builds the images of docker/ from the current sources, one build at a time. Takes seconds if nothing changed since the last build.
 * @throws Error if a build fails, or if Docker is missing and must be there
 */
export async function prepareImages(): Promise<Images> {
  const { isOptionalAndMissing, reason } = await prepareTritonContainers();
  const missing = { isOptionalAndMissing: true, reason, gateway: '', triton: '' };
  if (isOptionalAndMissing) return missing;
  if (reason !== '') throw new Error(reason);
  const [triton, gateway] = [await build('triton-image.sh'), await build('gateway-image.sh')];
  return { isOptionalAndMissing: false, reason, gateway, triton };
}

async function build(script: string): Promise<string> {
  const { status, stdout, stderr } = await runProgram(join(ROOT, 'scripts', script), []);
  if (status !== 0) throw new Error(`scripts/${script}: ${stderr}`);
  return stdout.trim();
}
