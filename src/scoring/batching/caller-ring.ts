/** A member of a ring. Only the ring modifies the links. */
export interface RingMember<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** Members that have turns: a circular list. Every operation takes the same time, however many members there are. */
export class CallerRing<T extends RingMember<T>> implements Iterable<T> {
  /** The member whose turn it is; undefined if there is none. */
  first: T | undefined;
  /** Number of members. */
  count = 0;

  /** Adds a member that is in no ring, behind all others. */
  append(member: T): void {
    const { first } = this;
    const last = first?.previous ?? member;
    member.previous = last;
    member.next = first ?? member;
    last.next = member;
    member.next.previous = member;
    this.first ??= member;
    this.count += 1;
  }

  /** Removes a member. */
  remove(member: T): void {
    const { previous, next } = member;
    if (previous === undefined || next === undefined) return;
    previous.next = next;
    next.previous = previous;
    if (this.first === member) this.first = next === member ? undefined : next;
    member.previous = undefined;
    member.next = undefined;
    this.count -= 1;
  }

  /** Ends the turn of the first member. */
  rotate(): void {
    this.first = this.first?.next;
  }

  /** The members, first the one whose turn it is. */
  *[Symbol.iterator](): Generator<T> {
    let member = this.first;
    for (let left = this.count; left > 0 && member !== undefined; left -= 1) {
      yield member;
      member = member.next;
    }
  }
}
