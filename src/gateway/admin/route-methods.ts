/** A route: segments of its path, where `:name` stands for any segment and `*` for all that follow. */
interface Route {
  readonly segments: readonly string[];
  readonly method: string;
}

/** Methods of the routes that were registered, by path. */
export class RouteMethods {
  private readonly routes: Route[] = [];

  /** Adds a route. @param path pattern, for instance `/admin/v1/models/:model` */
  add(path: string, methods: string | readonly string[]): void {
    const segments = segmentsOf(path);
    for (const method of [methods].flat()) this.routes.push({ segments, method });
  }

  /** Methods that a path can be requested with, sorted; none for an unknown path. */
  of(path: string): string[] {
    const segments = segmentsOf(path);
    const found = this.routes.filter((route) => isMatch(route.segments, segments));
    return [...new Set(found.map(({ method }) => method))].toSorted();
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.at(-1) === '*') return isMatch(pattern.slice(0, -1), segments.slice(0, pattern.length - 1));
  return (
    pattern.length === segments.length &&
    pattern.every((expected, i) => expected.startsWith(':') || expected === segments[i])
  );
}
