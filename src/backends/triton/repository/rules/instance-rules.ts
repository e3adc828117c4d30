import type { ModelConfig } from '@pairstream/triton-client';
import { backendOf } from './backends/backend-rules.js';
import { type Finding, finding } from '../finding.js';

/** Checks that the model runs with and without a GPU, with an explicit and sufficient number of instances. */
export function checkInstances(config: ModelConfig): Finding[] {
  const { instanceGroup } = config;
  if (instanceGroup.length === 0)
    return [
      finding(
        'instance-count',
        'instance_group',
        'none, expected [ { kind: KIND_AUTO, count: 2 } ]: the backend would choose',
      ),
    ];
  const findings = instanceGroup.flatMap(({ kind, count, gpus, profile }, i) => {
    const own: Finding[] = [];
    // A server without a GPU takes KIND_AUTO as KIND_CPU, which has no gpus either.
    if (gpus.length > 0 && (kind === 'KIND_CPU' || kind === 'KIND_MODEL'))
      own.push(
        finding(
          'instance-devices',
          `instance_group[${i}].gpus`,
          `${gpus.join(', ')}, expected none beside ${kind}`,
        ),
      );
    if (profile.length > 0 && backendOf(config) !== 'tensorrt')
      own.push(
        finding(
          'instance-devices',
          `instance_group[${i}].profile`,
          'given, expected none: only TensorRT has it',
        ),
      );
    if (kind === 'KIND_GPU' || (kind === 'KIND_AUTO' && gpus.length > 0))
      own.push(
        finding(
          'instance-gpu',
          `instance_group[${i}].kind`,
          `${kind === 'KIND_GPU' ? kind : 'KIND_AUTO with gpus'}, expected KIND_AUTO alone: a server without a GPU refuses the model`,
        ),
      );
    if (count < 1)
      own.push(
        finding(
          'instance-count',
          `instance_group[${i}].count`,
          `${count}, expected 1 or more: the backend would choose`,
        ),
      );
    return own;
  });
  return findings.length === 0 && isSingle(config)
    ? [
        finding(
          'instance-single',
          'instance_group',
          'one instance, expected 2 beside a queue policy: requests may lie for half a second',
        ),
      ]
    : findings;
}

function isSingle({ instanceGroup, dynamicBatching }: ModelConfig): boolean {
  const count = instanceGroup.reduce((sum, group) => sum + group.count, 0);
  return count === 1 && dynamicBatching?.defaultQueuePolicy != null;
}
