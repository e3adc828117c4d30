import { WORLD_CONSTANTS } from './constants.js';

/** The popularity group of an author, 0 (few followers) to 4, by the published edges. */
export function popularityGroup(followerCount: number): number {
  let group = 0;
  for (const edge of WORLD_CONSTANTS.groups.edges) if (followerCount >= edge) group += 1;
  return group;
}
