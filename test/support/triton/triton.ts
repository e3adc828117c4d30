import { prepareTritonContainers } from './triton-container.js';
import { prepareTritonProcesses } from './triton-process.js';
import { missingRunner, type TritonRunner } from './triton-server.js';

/** Triton in Docker where this machine has Docker, else as a process where it has Python 3.11. */
export async function prepareTriton(): Promise<TritonRunner> {
  const containers = await prepareTritonContainers();
  if (containers.reason === '') return containers;
  const processes = await prepareTritonProcesses();
  if (processes.reason === '') return processes;
  return missingRunner(`${containers.reason}\n${processes.reason}`);
}
