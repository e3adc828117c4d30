/** Lowest follower counts of groups 1 to 4 of the challenge's five popularity groups. */
const EDGES = [240, 588, 1_331, 3_996] as const;

/** Number of popularity groups. */
export const POPULARITY_GROUP_COUNT = EDGES.length + 1;

/** Group 0 .. 4 of an author by follower count. */
export function popularityGroup(followerCount: number): number {
  let group = 0;
  while (group < EDGES.length && followerCount >= EDGES[group]!) group += 1;
  return group;
}

/** Rows of each group, in their order. */
export function rowsByGroup(authorFollowerCounts: Float64Array): Uint32Array[] {
  const rows: number[][] = Array.from({ length: POPULARITY_GROUP_COUNT }, () => []);
  authorFollowerCounts.forEach((followerCount, row) => rows[popularityGroup(followerCount)]!.push(row));
  return rows.map((group) => Uint32Array.from(group));
}

/** Follower counts of a group, for a table. */
export function describeGroup(group: number): string {
  if (group === 0) return `below ${EDGES[0]}`;
  if (group === EDGES.length) return `${EDGES[group - 1]} and more`;
  return `${EDGES[group - 1]} to ${EDGES[group]! - 1}`;
}
