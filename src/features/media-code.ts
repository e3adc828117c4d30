import { MEDIA_CODE } from '../pairs/part-row.js';

const { Photo, Video, GIF } = MEDIA_CODE;
const THREE_GIFS = 13;

/** Published code by first and second medium: PAIR_CODE[first][second], second 0 = there is no second. */
const PAIR_CODE: readonly (readonly number[])[] = [
  [0, 0, 0, 0],
  [1, 2, 6, 9],
  [3, 7, 5, 12],
  [4, 8, 11, 10],
];

/** What a media code stands for, by code, for the reference page. */
export const MEDIA_CODE_MEANING: readonly string[] = [
  'none',
  'photo',
  'photo, photo',
  'video',
  'GIF',
  'video, video',
  'photo, video',
  'video, photo',
  'GIF, photo',
  'photo, GIF',
  'GIF, GIF',
  'GIF, video',
  'video, GIF',
  'three or more GIFs',
];

/** The published code 0..13 of a tweet's media: the first two decide, but three GIFs are a code of their own. */
export function mediaCode(media: Uint8Array, from: number, to: number): number {
  if (to === from) return 0;
  const first = media[from]!;
  const second = to - from > 1 ? media[from + 1]! : 0;
  if (to - from > 2 && first === GIF && second === GIF && media[from + 2] === GIF) return THREE_GIFS;
  return PAIR_CODE[first]![second]!;
}

/** Media of one tweet by kind; all are 0 at first. */
export class MediaCounts {
  photo = 0;
  video = 0;
  gif = 0;

  /** Counts media[from .. to). */
  count(media: Uint8Array, from: number, to: number): void {
    this.photo = 0;
    this.video = 0;
    this.gif = 0;
    for (let i = from; i < to; i += 1) {
      const kind = media[i];
      if (kind === Photo) this.photo += 1;
      else if (kind === Video) this.video += 1;
      else if (kind === GIF) this.gif += 1;
    }
  }
}
