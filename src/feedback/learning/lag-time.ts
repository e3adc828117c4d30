/** Marks that are kept. Above it, every second one is dropped, so that the oldest stay. */
const MAX_MARK_COUNT = 1_024;

/** Number of events that existed at a time. */
interface Mark {
  readonly totalCount: number;
  readonly atMs: number;
}

/** Measures how long events wait to be applied, from counts that are observed now and then. */
export class LagTime {
  /** Oldest first. Marks of applied events are dropped. */
  private marks: Mark[] = [];

  /**
   * @param appliedCount events applied since the start
   * @param lagCount events that exist and are not applied
   * @param atMs time of the observation on a clock without steps, milliseconds
   * @returns time since the oldest event that is not applied was first observed, milliseconds; 0 if all are applied
   */
  observe(appliedCount: number, lagCount: number, atMs: number): number {
    const first = this.marks.findIndex(({ totalCount }) => totalCount > appliedCount);
    this.marks = first < 0 ? [] : this.marks.slice(first);
    const totalCount = appliedCount + lagCount;
    if (totalCount > (this.marks.at(-1)?.totalCount ?? appliedCount)) this.marks.push({ totalCount, atMs });
    if (this.marks.length > MAX_MARK_COUNT) this.marks = this.marks.filter((_, i) => i % 2 === 0);
    const [oldest] = this.marks;
    return lagCount === 0 || oldest === undefined ? 0 : atMs - oldest.atMs;
  }

  /** Marks in memory. */
  get markCount(): number {
    return this.marks.length;
  }
}
