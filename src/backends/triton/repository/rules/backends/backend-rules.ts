import { closestMatch } from 'leven';
import type { ModelConfig } from '@pairstream/triton-client';
import { type Finding, finding } from '../../finding.js';

/** Backend by platform, which older configurations name instead. */
const BACKEND_OF_PLATFORM: Readonly<Record<string, string>> = {
  ensemble: 'ensemble',
  onnxruntime_onnx: 'onnxruntime',
  pytorch_libtorch: 'pytorch',
  tensorflow_graphdef: 'tensorflow',
  tensorflow_savedmodel: 'tensorflow',
  tensorrt_plan: 'tensorrt',
};

const BACKENDS = [
  'dali',
  'fil',
  'identity',
  'onnxruntime',
  'openvino',
  'python',
  'pytorch',
  'tensorflow',
  'tensorrt',
  'tensorrtllm',
  'vllm',
];
const TYPO_DISTANCE = 3;

/** Backend of a model: its `backend`, or that of its `platform`; empty if both are missing. */
export function backendOf({ backend, platform }: ModelConfig): string {
  return backend === '' ? (BACKEND_OF_PLATFORM[platform] ?? '') : backend;
}

/** True for an ensemble: a data flow of other models, without file, queue and instances. */
export function isEnsemble(config: ModelConfig): boolean {
  return backendOf(config) === 'ensemble';
}

/** Checks that the configuration names a known backend or platform. */
export function checkBackend({ backend, platform }: ModelConfig): Finding[] {
  const platforms = Object.keys(BACKEND_OF_PLATFORM);
  if (platform !== '' && !platforms.includes(platform)) {
    const meant = closestMatch(platform, platforms, { maxDistance: TYPO_DISTANCE });
    const expected = meant === undefined ? `one of ${platforms.join(', ')}` : `perhaps "${meant}"`;
    return [
      finding('platform-unknown', 'platform', `"${platform}", expected ${expected}, or a backend instead`),
    ];
  }
  if (backend === '' && platform === '')
    return [finding('backend-missing', 'backend', 'none, expected one, for instance "fil" or "onnxruntime"')];
  if (backend === '' || BACKENDS.includes(backend)) return [];
  const meant = closestMatch(backend, BACKENDS, { maxDistance: TYPO_DISTANCE });
  const expected = meant === undefined ? `one of ${BACKENDS.join(', ')}` : `perhaps "${meant}"`;
  return [
    finding('backend-unknown', 'backend', `"${backend}", expected ${expected}, or a server that brings it`),
  ];
}
