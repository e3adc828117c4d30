import type { ModelConfig } from '../client/model-config.js';
import { type Finding, finding } from './finding.js';

/** Whether the model runs with and without a GPU, in a number of instances that the configuration knows. */
export function checkInstances({ instanceGroup }: ModelConfig): Finding[] {
  if (instanceGroup.length === 0)
    return [
      finding(
        'instance-count',
        'instance_group',
        'none, expected [ { kind: KIND_AUTO, count: 1 } ]: the backend would choose',
      ),
    ];
  return instanceGroup.flatMap(({ kind, count }, i) => {
    const findings: Finding[] = [];
    if (kind === 'KIND_GPU')
      findings.push(
        finding(
          'instance-gpu',
          `instance_group[${i}].kind`,
          'KIND_GPU, expected KIND_AUTO: a server without a GPU refuses the model',
        ),
      );
    if (count < 1)
      findings.push(
        finding(
          'instance-count',
          `instance_group[${i}].count`,
          `${count}, expected 1 or more: the backend would choose`,
        ),
      );
    return findings;
  });
}
