import { DAY_S } from '../pairs/unix-time.js';
import type { UserColumns } from '../pairs/pair-batch.js';
import { UNKNOWN_FLAG } from '../pairs/pair-batch.js';

/** The published system counts a creation time before 1970 as this time. */
const EARLIEST_ACCOUNT_S = 1_138_308_613;

/** Followers of an author from which the popularity groups 1 to 4 begin. */
export const GROUP_EDGES = [240, 588, 1_331, 3_996] as const;
/** Width of the published buckets of follower counts. */
export const FOLLOWER_BUCKET = 819;
/** Width of the published buckets of following counts. */
export const FOLLOWING_BUCKET = 712;

/** Largest bucket of a follower or following count, 24 bits. Larger counts have this bucket: about 12 billion users. */
export const LARGEST_BUCKET = 0xff_ff_ff;

/** Age of a user's account at a time, days, 0 or more; NaN if the creation time is unknown. */
export function accountAgeDays(users: UserColumns, user: number, atS: number): number {
  const createdAtS = users.accountCreatedAtS[user]!;
  const ageS = atS - (createdAtS < 0 ? EARLIEST_ACCOUNT_S : createdAtS);
  return ageS < 0 ? 0 : ageS / DAY_S;
}

/** Value of a flag: 0 or 1; NaN if unknown. */
export function flagValue(flag: number): number {
  return flag === UNKNOWN_FLAG ? Number.NaN : flag;
}

/** Bucket of a follower count, at most LARGEST_BUCKET. */
export function followerBucket(followerCount: number): number {
  return Math.min(LARGEST_BUCKET, Math.floor(followerCount / FOLLOWER_BUCKET));
}

/** Bucket of a following count, at most LARGEST_BUCKET. */
export function followingBucket(followingCount: number): number {
  return Math.min(LARGEST_BUCKET, Math.floor(followingCount / FOLLOWING_BUCKET));
}

/** Popularity group of an author, 0 to 4. */
export function popularityGroup(followerCount: number): number {
  let group = 0;
  for (let i = 0; i < GROUP_EDGES.length; i += 1) if (followerCount >= GROUP_EDGES[i]!) group += 1;
  return group;
}
