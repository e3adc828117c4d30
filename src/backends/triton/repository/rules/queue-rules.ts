import type { ModelConfig, QueuePolicy } from '@pairstream/triton-client';
import { type Finding, finding } from '../finding.js';

type DynamicBatching = NonNullable<ModelConfig['dynamicBatching']>;

const POLICY = 'dynamic_batching.default_queue_policy';

/** Checks that the queue has a bound and respects request timeouts, at every priority level. */
export function checkQueue({ maxBatchSize, dynamicBatching, sequenceBatching }: ModelConfig): Finding[] {
  // A model has one of the two, and a sequence batcher has no queue policy.
  if (sequenceBatching != null) return [];
  if (dynamicBatching === undefined || dynamicBatching === null)
    return [
      finding(
        'dynamic-batching-missing',
        'dynamic_batching',
        'none, expected a block with a default_queue_policy: without it no bound and no timeout holds',
      ),
    ];
  const preferred = dynamicBatching.preferredBatchSize.filter((size) => size < 1 || size > maxBatchSize);
  return [
    ...preferred.map((size) =>
      finding(
        'preferred-batch-size',
        'dynamic_batching.preferred_batch_size',
        `${size}, expected 1 to max_batch_size, ${maxBatchSize}`,
      ),
    ),
    ...checkPriorities(dynamicBatching),
    ...checkOrdering(dynamicBatching),
    ...checkPolicies(dynamicBatching),
  ];
}

function checkPriorities(batching: DynamicBatching): Finding[] {
  const { priorityLevels, defaultPriorityLevel, priorityQueuePolicy } = batching;
  const range = `1 to priority_levels, ${priorityLevels}`;
  // Without levels the server ignores the policies of levels.
  const outside = Object.keys(priorityQueuePolicy).filter(
    (level) => priorityLevels > 0 && (Number(level) < 1 || Number(level) > priorityLevels),
  );
  const findings = outside.map((level) =>
    finding(
      'priority-level',
      `dynamic_batching.priority_queue_policy[${level}]`,
      `${level}, expected ${range}`,
    ),
  );
  const isDefaultOutside =
    priorityLevels > 0 && (defaultPriorityLevel < 1 || defaultPriorityLevel > priorityLevels);
  if (isDefaultOutside)
    findings.push(
      finding(
        'priority-level',
        'dynamic_batching.default_priority_level',
        `${defaultPriorityLevel}, expected ${range}`,
      ),
    );
  return findings;
}

function checkOrdering(batching: DynamicBatching): Finding[] {
  const { preserveOrdering, priorityLevels, defaultQueuePolicy, priorityQueuePolicy } = batching;
  if (!preserveOrdering) return [];
  const field = 'dynamic_batching.preserve_ordering';
  if (priorityLevels > 1)
    return [finding('preserve-ordering', field, `true, expected priority_levels 1, not ${priorityLevels}`)];
  const policies = [defaultQueuePolicy, ...Object.values(priorityQueuePolicy)];
  const isDelaying = policies.some(
    (policy) => policy?.timeoutAction === 'DELAY' && policy.defaultTimeoutMicroseconds !== 0,
  );
  return isDelaying
    ? [finding('preserve-ordering', field, 'true, expected timeout_action REJECT beside it')]
    : [];
}

function checkPolicies(batching: DynamicBatching): Finding[] {
  const { priorityLevels, defaultQueuePolicy, priorityQueuePolicy } = batching;
  const own = Object.entries(priorityQueuePolicy).flatMap(([level, policy]) =>
    checkPolicy(`dynamic_batching.priority_queue_policy[${level}]`, policy),
  );
  // The default holds for every level that has no policy of its own.
  const isDefaultUsed = priorityLevels === 0 || Object.keys(priorityQueuePolicy).length < priorityLevels;
  if (!isDefaultUsed) return own;
  if (defaultQueuePolicy === null)
    return [
      ...own,
      finding(
        'queue-policy-missing',
        POLICY,
        'none, expected one with max_queue_size, default_timeout_microseconds and allow_timeout_override',
      ),
    ];
  return [...checkPolicy(POLICY, defaultQueuePolicy), ...own];
}

function checkPolicy(field: string, policy: QueuePolicy): Finding[] {
  const { timeoutAction, defaultTimeoutMicroseconds, allowTimeoutOverride, maxQueueSize } = policy;
  const findings: Finding[] = [];
  if (timeoutAction !== 'REJECT')
    findings.push(
      finding(
        'queue-timeout-action',
        `${field}.timeout_action`,
        `${timeoutAction}, expected REJECT: what is late must leave the queue`,
      ),
    );
  if (defaultTimeoutMicroseconds === 0)
    findings.push(
      finding(
        'queue-timeout-zero',
        `${field}.default_timeout_microseconds`,
        '0, expected a long one like 60000000: a request may only shorten it, and with 0 its own is ignored',
      ),
    );
  if (!allowTimeoutOverride)
    findings.push(
      finding(
        'queue-timeout-fixed',
        `${field}.allow_timeout_override`,
        'false, expected true: otherwise the timeout of a request is ignored',
      ),
    );
  if (maxQueueSize === 0)
    findings.push(
      finding('queue-unbounded', `${field}.max_queue_size`, '0, expected a bound like 256: 0 is none'),
    );
  return findings;
}
