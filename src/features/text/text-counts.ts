/** Counts of the text of one tweet; all are 0 at first. TweetText defines the text, its head and its body. */
export class TextCounts {
  questionCount = 0;
  exclamationOrQuestionCount = 0;
  pilcrowCount = 0;
  hashCount = 0;
  /** Maximal runs of two or more letters A-Z. */
  capitalRunCount = 0;
  /** LAST_QUEST. */
  lastQuest = 0;
  /** Occurrences of "retweet", any case. */
  retweetCount = 0;
  /** Words equal to "rt", any case; a leading `RT @` is not one of them. */
  rtWordCount = 0;
  /** `@` in the body. */
  atCount = 0;
  /** Words of the body. */
  wordCount = 0;
  /** Code points of the body, one space between words. */
  characterCount = 0;
  /** Words of the head. */
  headWordCount = 0;
  /** Code points of the head, one space between words. */
  headCharacterCount = 0;
}
