/**
 * Everything the synthetic world is made of that is not drawn from its seed. FROZEN: `constants.spec.ts` holds the
 * hash; models in this repository were trained after the freeze, and the world is never tuned to a model.
 * Lists of four are reply, retweet, quote, like. Strengths are standard deviations on the log-odds scale.
 */
export const WORLD_CONSTANTS = {
  /** First day starts here: 4 February 2021, 00:00 UTC, Unix seconds. */
  startS: 1_612_396_800,
  topicCount: 16,
  /** Per spelling: how many pieces and words there are. */
  lexicon: {
    seed: 1_592_598_263,
    unusedPieces: 99,
    wholePieces: 1500,
    continuationPieces: 300,
    capitalPieces: 120,
    functionWords: 120,
    generalWords: 600,
    topicWords: 60,
    /** Chance of one more piece in a word. */
    continued: 0.3,
    longestWord: 3,
  },
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
    emojiShare: 0.2,
    /** Marks at the end of the text. */
    questionShare: 0.11,
    exclamationShare: 0.12,
    bothMarksShare: 0.01,
    /** What stands inside a body, piece after piece; all else is words. */
    bodyShares: {
      pilcrow: 0.03,
      comma: 0.036,
      dot: 0.024,
      mention: 0.008,
      emoji: 0.01,
      question: 0.004,
      exclamation: 0.003,
      capitals: 0.02,
      rt: 0.0004,
      retweet: 0.0006,
    },
    functionWordShare: 0.3,
    /** ln(tokens + 1), [CLS] and [SEP] included. */
    length: { logMean: 3.565, logSd: 0.735, fewest: 5, most: 280 },
    /** How unevenly words, topic words, first words of a topic and domains are used: 1 is evenly. */
    bend: { word: 2.5, topicWord: 2, firstWord: 3, domain: 3 },
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
      [0.45, 0, 1.35, 0],
      [0.4, 1.2, 0, -0.2],
      [0.45, 1, 1.1, -0.2],
      [0.3, -0.2, 0, 1.3],
    ],
    /** Author quality: a shared part and one of each target's own. */
    authorShared: [0.45, 0.5, 0.55, 0.45],
    authorOwn: [0.45, 0.4, 0.5, 0.35],
    /** Reader and author: warmth, and a lean from liking towards spreading. */
    pairWarmth: [0.6, 0.45, 0.5, 0.65],
    pairLean: [0.25, 0.45, 0.35, -0.35],
    topic: [0.45, 0.5, 0.5, 0.45],
    interest: [0.55, 0.6, 0.6, 0.7],
    appeal: [0.75, 0.85, 0.95, 0.75],
    drift: [0.7, 0.8, 0.8, 0.7],
  },
  /** Topic and author hotness: how much of a day's is left on the next, and the topics' part of the variance. */
  drift: { keep: 0.85, topicShare: 0.5 },
  /** What a request shows, added to the log-odds. */
  visible: {
    byType: {
      TopLevel: [0.3, 0, 0.2, 0.2],
      Retweet: [-1.4, 0.3, -0.6, -0.5],
      Quote: [0.4, -0.6, 0.4, 0.2],
    },
    byMedia: {
      none: [0.3, -0.2, 0, -0.2],
      Photo: [-0.4, 0.2, -0.2, 0.4],
      Video: [-0.4, 0.5, 0.4, 0.1],
      GIF: [0.2, -0.6, 0, 0.1],
    },
    question: [1, -0.4, 0.3, -0.3],
    exclamation: [-0.2, 0.2, 0, 0.3],
    link: [-0.4, 0.1, 0.3, -0.7],
    hashtag: [-0.4, 0.3, -0.2, 0],
    /** Per unit of (ln(tokens + 1) - its mean). */
    length: [0.2, 0.3, 0.3, -0.2],
    /** Per unit of a daily wave that is 1 at midnight and -1 at noon, UTC. */
    nightWave: [0.2, 0.1, 0, 0.25],
    authorFollows: [1.4, -0.2, 0.2, 0.8],
    /** Log-odds of an author following a reader: base, and per unit of the reader's warmth. */
    follows: { base: -0.9, perWarmth: 0.8 },
    /** Per unit of the standardised ln of the reader's followers. */
    readerFollowers: [0.2, 0.2, 0.3, -0.2],
  },
  /**
   * Popularity groups of authors: the published edges, and the log-odds by which their labels differ, found together
   * with jointLogWeights so that the groups' rates stand in the published proportions.
   */
  groups: {
    edges: [240, 588, 1331, 3996],
    logOdds: [
      [0.8155, 0.28, 0.2668, -0.0054],
      [0.6061, 0.1253, 0.1067, -0.0343],
      [0.5099, 0.0143, 0.0296, -0.1632],
      [0.3356, 0.0432, 0.085, -0.1678],
      [-0.3434, -0.0744, -0.0806, 0.0594],
    ],
  },
  /**
   * Log-weight of each combination of labels (bit 0 reply, 1 retweet, 2 quote, 3 like) for a row whose causes are all
   * zero. Found by fixed-point iteration over eight seeds, so that the world's joint distribution is the published one.
   */
  jointLogWeights: [
    0, -4.6289, -3.0417, -10.843, -6.4222, -15.0751, -10.3675, -19.5515, -0.5394, -8.2014, -5.6879, -14.204,
    -9.5412, -19.0012, -13.9326, -24.0193,
  ],
} as const;
