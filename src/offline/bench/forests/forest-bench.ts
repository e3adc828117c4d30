import { join } from 'node:path';
import { makeFolder } from '../../../files/output-folder.js';
import type { PartRow } from '../../../pairs/part-row.js';
import type { EnsembleSize } from '../ensemble/ensemble-bench.js';
import { preparePeers } from '../peer-environment.js';
import type { Figure } from '../result.js';
import { agreementOf } from './exactness.js';
import { measureLoading } from './forest-loading.js';
import { measureByTurns, type RatioTargets } from './forest-turns.js';
import { measureLoopBlocks } from './loop-blocks.js';
import { recordForests, type RecordedForest } from './recorded-forests.js';
import { WalkedEnsemble } from './walked-ensemble.js';
import { loadForest, WalkedForest } from './walked-forest.js';
import { XgboostPeer } from './xgboost-peer.js';

const ALL = 'all together';
/** Targets of the forests of a size. */
interface Goals {
  readonly ratios: RatioTargets;
  /** Time to load all. */
  readonly load?: string;
}
const GOALS: Readonly<Record<EnsembleSize, Goals>> = {
  small: { ratios: {} },
  published: { ratios: { 1_024: '<= 0.08', 100: '<= 0.05' }, load: '<= 2' },
};

/**
 * The forest walker beside XGBoost on one thread, on rows that the gateway makes of real pairs: time per pair by turns, and
 * equality of the answers; memory and load time of the forests; blocks of the event loop while they run.
 * @param root of the repository
 * @param rows of the world that the pipeline was trained in
 * @param work folder for the Python environment, rows and answers
 * @throws PairstreamError as loadRelease
 */
export async function benchForests(
  root: string,
  size: EnsembleSize,
  pipelinePath: string,
  rows: readonly PartRow[],
  work: string,
): Promise<Figure[]> {
  makeFolder(work);
  const goals = GOALS[size];
  const forests = await recordForests(pipelinePath, rows);
  return [
    ...(await compareWithXgboost(root, forests, goals.ratios, work)),
    ...(await measureLoading(forests, goals.load)),
    await measureLoopBlocks(forests),
  ];
}

/** Nothing, with a line on stderr, on a machine without Python 3.11 or newer. */
async function compareWithXgboost(
  root: string,
  forests: readonly RecordedForest[],
  targets: RatioTargets,
  work: string,
): Promise<Figure[]> {
  const python = preparePeers(root, work);
  if (python === undefined) {
    console.error('SKIPPED XGBoost: it needs Python 3.11 or newer');
    return [];
  }
  const program = join(root, 'bench/peers/xgboost_forests.py');
  const { peer, version } = await XgboostPeer.start(python, program, work, forests);
  await using xgboost = peer;
  const names = forests.map(({ location: { name } }) => name);
  const contests = [...names.map((name) => ({ name, forests: [name] })), { name: ALL, forests: names }];
  const walked = new WalkedEnsemble(forests);
  const exact: Figure[] = [];
  for (const forest of forests) exact.push(...(await exactnessFigures(forest, xgboost, version)));
  const times = await measureByTurns(
    contests,
    (...args) => walked.usPerRow(...args),
    (...args) => xgboost.usPerRow(...args),
    targets,
  );
  return [...times, ...exact];
}

/** Answers of both for all rows. */
async function exactnessFigures(
  { location: { name }, path, rows, width }: RecordedForest,
  xgboost: XgboostPeer,
  version: string,
): Promise<Figure[]> {
  const theirs = await xgboost.predict(name);
  const oursOf = (outputs: 'margins' | 'probabilities'): Float32Array =>
    new WalkedForest(loadForest(path, outputs)).predictAll(rows);
  const margins = agreementOf(oursOf('margins'), theirs.margins);
  const probabilities = agreementOf(oursOf('probabilities'), theirs.probabilities);
  const of = `of ${margins.valueCount.toLocaleString('en-US')}`;
  const note = `${(rows.length / width).toLocaleString('en-US')} rows, XGBoost ${version}`;
  return [
    {
      name: `${name}: margins with other bits than XGBoost's`,
      unit: of,
      value: margins.differingCount,
      target: '0',
      note: `${note}; greatest difference ${margins.greatestDifference}`,
    },
    {
      name: `${name}: greatest difference of a probability`,
      unit: '',
      value: probabilities.greatestDifference,
      note: `other bits in ${probabilities.differingCount.toLocaleString('en-US')} ${of}`,
    },
  ];
}
