import { integer, optionalText } from './setting-kinds.js';

/** Settings of the feature log. They have no effect without PAIRSTREAM_FEATURE_LOG_DIR. */
export const FEATURE_LOG_SETTINGS = {
  featureLogDir: optionalText(
    'PAIRSTREAM_FEATURE_LOG_DIR',
    'Folder of the feature log, relative to the working directory; created if it is missing. One gateway uses it at a time. The log holds the features of answered pairs of requests with feedback options, for `pairstream join-log`. Needs PAIRSTREAM_STATE_DIR. Empty: no feature log',
  ),
  featureLogOneIn: integer(
    'PAIRSTREAM_FEATURE_LOG_ONE_IN',
    100,
    [1, 1_000_000],
    'Sample of the feature log: one pair in so many, chosen by a hash of tweet and reader, so that all gateways choose the same pairs',
  ),
  maxFeatureLogMb: integer(
    'PAIRSTREAM_MAX_FEATURE_LOG_MB',
    10_240,
    [16, 16_777_216],
    'Maximum size of the feature log on disk in MiB, about 850 rows each. The oldest files are removed first',
  ),
  featureLogFileMb: integer(
    'PAIRSTREAM_FEATURE_LOG_FILE_MB',
    256,
    [1, 65_536],
    'Size in MiB at which a file of the feature log is completed and the next one begins. At most half of PAIRSTREAM_MAX_FEATURE_LOG_MB counts',
  ),
  featureLogFileS: integer(
    'PAIRSTREAM_FEATURE_LOG_FILE_S',
    600,
    [1, 86_400],
    'Age at which a file of the feature log is completed, in seconds. A killed gateway loses the rows of its open file',
  ),
  maxFeatureLogRows: integer(
    'PAIRSTREAM_MAX_FEATURE_LOG_ROWS',
    16_384,
    [256, 1_048_576],
    'Maximum number of logged rows in memory: pairs in flight and rows on their way to the disk, about 1,250 bytes each. Further rows are dropped and counted; requests never wait',
  ),
} as const;
