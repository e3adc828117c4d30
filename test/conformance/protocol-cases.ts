import { MEMORY_CASES } from './cases/memory-cases.js';
import { MODEL_CASES } from './cases/model-cases.js';
import { RAW_CASES } from './cases/raw-cases.js';
import { REGISTRATION_CASES } from './cases/registration-cases.js';
import { REPOSITORY_CASES } from './cases/repository-cases.js';
import { REQUEST_CASES } from './cases/request-cases.js';
import { SERVER_CASES } from './cases/server-cases.js';
import { SETTINGS_CASES } from './cases/settings-cases.js';
import { STREAM_CASES } from './cases/stream-cases.js';
import { TENSOR_CASES } from './cases/tensor-cases.js';
import { TIME_CASES } from './cases/time-cases.js';
import type { ProtocolCase } from './protocol-case.js';

/** Everything a server must do, by topic, in the order it is done. */
export const PROTOCOL_CASES: Readonly<Record<string, readonly ProtocolCase[]>> = {
  server: SERVER_CASES,
  tensors: TENSOR_CASES,
  requests: REQUEST_CASES,
  models: MODEL_CASES,
  'raw requests': RAW_CASES,
  time: TIME_CASES,
  streams: STREAM_CASES,
  'shared memory': [...REGISTRATION_CASES, ...MEMORY_CASES],
  settings: SETTINGS_CASES,
  repository: REPOSITORY_CASES,
};
