/** Names of the forests by stage, and of the nets, in the order they are trained. */
export const FIRST_FORESTS = ['xgb1', 'xgb2', 'xgb3'] as const;
export const NETS = ['nn1', 'nn2', 'nn3'] as const;
export const SECOND_FORESTS = ['xgb4', 'xgb5'] as const;

/** Name of a forest. */
export type Forest = (typeof FIRST_FORESTS)[number] | (typeof SECOND_FORESTS)[number];
/** Name of a net. */
export type Net = (typeof NETS)[number];

/** Rows, days and models of a training. */
export interface TrainingSize {
  readonly world: { readonly pairs: number; readonly days: number; readonly users: number };
  /** Days that emit no rows. */
  readonly warmUpDays: number;
  /** Last day of stage 1 and of stage 2; the days after it are for the ladder. */
  readonly lastDay: { readonly stage1: number; readonly stage2: number };
  /** Options of `train` for all forests, and for one. */
  readonly forests: readonly string[];
  readonly forest: Readonly<Partial<Record<Forest, readonly string[]>>>;
  /** Options of `train-net` by net. */
  readonly net: Readonly<Record<Net, readonly string[]>>;
  /** Options of `evaluate`. */
  readonly evaluation: readonly string[];
  /** Pieces that the vocabulary is filled up to. Default: the world's own. */
  readonly vocabularySize?: number;
  /** Width of the vector by tower, where it differs from the pipeline file. */
  readonly towerWidths?: Readonly<Record<string, number>>;
}

const PUBLISHED_NET = ['--size', 'published', '--epochs', '1'];

/** The sizes by name. */
export const TRAINING_SIZES = {
  /** The shipped models; about 20 minutes on 2 cores. */
  small: {
    world: { pairs: 2_000_000, days: 20, users: 6_000 },
    warmUpDays: 5,
    lastDay: { stage1: 13, stage2: 17 },
    forests: ['--min-child-weight', '100'],
    // Fewer trees than published need larger steps.
    forest: {
      xgb1: ['--trees', '60', '--max-leaves', '64', '--learning-rate', '0.15'],
      xgb2: ['--trees', '60', '--max-leaves', '64', '--learning-rate', '0.15'],
      xgb3: ['--trees', '60', '--max-leaves', '44', '--learning-rate', '0.12', '--min-child-weight', '50'],
      xgb4: ['--trees', '60', '--max-leaves', '48', '--min-child-weight', '30'],
      xgb5: ['--trees', '60', '--max-leaves', '48'],
    },
    net: {
      nn1: ['--epochs', '2'],
      nn2: ['--epochs', '2'],
      nn3: ['--epochs', '3', '--batch-rows', '2048'],
    },
    evaluation: ['--pairs', '500000', '--ladder'],
  },
  /** All steps with few rows and trees; under 5 minutes. */
  tiny: {
    world: { pairs: 60_000, days: 6, users: 600 },
    warmUpDays: 2,
    lastDay: { stage1: 3, stage2: 4 },
    forests: ['--trees', '12', '--max-leaves', '64', '--min-child-weight', '10'],
    forest: {},
    net: {
      nn1: ['--batch-rows', '512'],
      nn2: ['--batch-rows', '512'],
      nn3: ['--batch-rows', '512'],
    },
    evaluation: ['--pairs', '20000', '--resamples', '50', '--ladder'],
  },
  /** Trees, depths, widths and vocabulary as published, and statistics of a million users, on fewer rows than published. */
  published: {
    world: { pairs: 4_000_000, days: 20, users: 1_000_000 },
    warmUpDays: 5,
    lastDay: { stage1: 13, stage2: 17 },
    forests: ['--trees', 'published', '--max-leaves', '256', '--min-child-weight', '1'],
    forest: {},
    net: { nn1: PUBLISHED_NET, nn2: PUBLISHED_NET, nn3: PUBLISHED_NET },
    evaluation: ['--pairs', '20000', '--resamples', '50'],
    vocabularySize: 119_547,
    towerWidths: { nn1_tweet: 832, nn2_tweet: 256, nn3_tweet: 1_024 },
  },
} as const satisfies Record<string, TrainingSize>;

/** Name of a size. */
export type TrainingSizeName = keyof typeof TRAINING_SIZES;
