/**
 * Everything the synthetic world is made of that is not drawn from its seed. FROZEN: `constants.spec.ts` holds the
 * hash; models in this repository were trained after the freeze, and the world is never tuned to a model.
 * Lists of four are reply, retweet, quote, like. Strengths are standard deviations on the log-odds scale.
 */
export const WORLD_CONSTANTS = {
  /** First day starts here: 4 February 2021, 00:00 UTC, Unix seconds. */
  startS: 1_612_396_800,
  topicCount: 16,
  users: {
    /** Authors per reader; a part of the less followed authors are readers too. */
    authorsPerUser: 1 / 3,
    readerAuthorShare: 0.25,
    /** Follow counts: normal in ln(x + 1), per shown row (authors) and per reader. */
    authorFollowers: { mean: 9.236, sd: 3.112 },
    authorFollowing: { mean: 6.258, sd: 1.862 },
    readerFollowers: { mean: 5.266, sd: 1.661 },
    readerFollowing: { mean: 5.834, sd: 1.194 },
    /** Spread of ln(how often an author is shown) among authors of one popularity group. */
    authorShownSd: 0.7,
    verifiedByGroup: [0.001, 0.002, 0.005, 0.02, 0.3],
    readerVerified: 0.004,
    createdFromS: 1_230_000_000,
    createdToS: 1_611_000_000,
    /** Authors a reader sees again and again: ln-normal count. */
    circle: { logMean: 3.0, logSd: 0.45, fewest: 6, most: 70, ownLanguage: 0.85 },
    /** Share of rows shown outside the reader's circle. */
    strangerShare: 0.025,
    favouriteTopicShares: [0.5, 0.25, 0.1],
    secondLanguageShare: 0.05,
  },
  tweets: {
    /** Readers a tweet is shown to: power law. */
    shown: { exponent: 1.7, most: 200 },
    hourWave: { depth: 0.55, peakHour: 15 },
    typeShares: { Retweet: 0.33, Quote: 0.08 },
    /** Beta-like spread of an author's habit of retweeting and of attaching media (log-odds). */
    typeHabitSd: 1.0,
    mediaHabitSd: 1.0,
    /** None comes first. */
    mediaShares: [
      [[], 0.55],
      [['Photo'], 0.245],
      [['Photo', 'Photo'], 0.03],
      [['Photo', 'Photo', 'Photo'], 0.012],
      [['Photo', 'Photo', 'Photo', 'Photo'], 0.018],
      [['Video'], 0.098],
      [['GIF'], 0.038],
      [['Video', 'Photo'], 0.003],
      [['Photo', 'Video'], 0.003],
      [['GIF', 'GIF'], 0.0015],
      [['GIF', 'Photo'], 0.0015],
    ],
    linkShare: 0.16,
    secondLinkShare: 0.06,
    hashtagShares: [0.8, 0.11, 0.05, 0.02, 0.01, 0.01],
    domainCount: 400,
    mentionFirstShare: 0.12,
    mentionInsideShare: 0.06,
    questionShare: 0.11,
    exclamationShare: 0.12,
    bothMarksShare: 0.01,
    capitalWordShare: 0.02,
    pilcrowShare: 0.03,
    emojiShare: 0.2,
    retweetWordShare: 0.006,
    rtWordShare: 0.004,
    /** ln(tokens + 1), [CLS] and [SEP] included. */
    length: { logMean: 3.626, logSd: 0.689, fewest: 5, most: 280 },
    topicWordShare: 0.45,
    topicFirstWordShare: 0.75,
  },
  /** Natural logarithm of the seconds between a tweet and an engagement with it. */
  delays: {
    logMean: [7.2, 7.6, 7.6, 7.0],
    logSd: [1.7, 1.8, 1.8, 1.9],
    longestS: 518_400,
  },
  /** How much of each hidden cause is in the log-odds. */
  strengths: {
    /** Reader propensity: loadings on four independent factors: eager, spreading, talking, liking. */
    reader: [
      [0.4, 0, 1.25, 0],
      [0.4, 1.2, 0, -0.2],
      [0.4, 0.9, 1, -0.2],
      [0.3, -0.2, 0, 1.3],
    ],
    /** Author quality: a shared part and one of each target's own. */
    authorShared: [0.4, 0.45, 0.5, 0.4],
    authorOwn: [0.4, 0.35, 0.45, 0.3],
    /** Reader and author: warmth, and a lean from liking towards spreading. */
    pairWarmth: [0.65, 0.5, 0.55, 0.7],
    pairLean: [0.3, 0.5, 0.4, -0.4],
    topic: [0.45, 0.5, 0.5, 0.45],
    interest: [0.45, 0.5, 0.5, 0.55],
    appeal: [0.55, 0.65, 0.7, 0.55],
    drift: [0.5, 0.6, 0.6, 0.5],
  },
  /** Topic and author hotness: how much of a day's is left on the next, and the topics' part of the variance. */
  drift: { keep: 0.85, topicShare: 0.5 },
  /** What a request shows, added to the log-odds. */
  visible: {
    byType: {
      TopLevel: [0.15, 0, 0.1, 0.1],
      Retweet: [-0.7, 0.15, -0.3, -0.25],
      Quote: [0.2, -0.3, 0.2, 0.1],
    },
    byMedia: {
      none: [0.15, -0.1, 0, -0.1],
      Photo: [-0.2, 0.1, -0.1, 0.2],
      Video: [-0.2, 0.25, 0.2, 0.05],
      GIF: [0.1, -0.3, 0, 0.05],
    },
    question: [0.5, -0.2, 0.15, -0.15],
    exclamation: [-0.1, 0.1, 0, 0.15],
    link: [-0.2, 0.05, 0.15, -0.35],
    hashtag: [-0.2, 0.15, -0.1, 0],
    /** Per unit of (ln(tokens + 1) - its mean). */
    length: [0.1, 0.15, 0.15, -0.1],
    nightWave: [0.1, 0.05, 0, 0.12],
    authorFollows: [0.8, -0.1, 0, 0.45],
    /** Log-odds of an author following the reader: base, and per unit of pair warmth. */
    follows: { base: -0.9, perWarmth: 0.9 },
    /** Per unit of the standardised ln of the reader's followers. */
    readerFollowers: [0.1, 0.1, 0.15, -0.1],
  },
  /** Published rates by the author's popularity group; only their proportions are used. */
  groups: {
    edges: [240, 588, 1331, 3996],
    logOdds: [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ],
  },
  /**
   * Log-weight of each combination of labels (bit 0 reply, 1 retweet, 2 quote, 3 like) for a row whose causes are all
   * zero. Found by fixed-point iteration so that the world's joint distribution is the published one.
   */
  jointLogWeights: [0, -3, -2, -6, -5, -9, -6, -9, -0.3, -5, -3.5, -7.5, -7, -10, -7.5, -10],
} as const;
