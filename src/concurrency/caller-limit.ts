/**
 * Most units that one caller may hold of a bound that callers share, in the same units. While one caller is active, the whole bound.
 * While several are, as many units as are free for all: the dynamic threshold of Choudhury and Hahne ("Dynamic queue length
 * thresholds for shared-memory packet switches", IEEE/ACM Transactions on Networking 6(2), 1998) with a factor of 1. One flooding
 * caller then leaves half of the bound free, k flooding callers leave 1/(k + 1) of it, and callers that hold little are never
 * refused before the bound is reached. The threshold needs no count of callers.
 * @param limit bound on the units of all callers
 * @param total units that all callers hold now
 */
export function callerLimit(limit: number, total: number, isShared: boolean): number {
  return isShared ? Math.max(0, limit - total) : limit;
}
