import { describe, expect, it } from 'vitest';
import { RouteMethods } from './route-methods.js';

describe('RouteMethods', () => {
  const routes = new RouteMethods();
  routes.add('/models', ['GET', 'HEAD']);
  routes.add('/models/:model', 'GET');
  routes.add('/models/:model/load', 'POST');
  routes.add('/docs/*', 'GET');

  it.each([
    ['/models', ['GET', 'HEAD']],
    ['/models/', ['GET', 'HEAD']],
    ['/models/xgb1', ['GET']],
    ['/models/xgb1/load', ['POST']],
    ['/docs/a/b.css', ['GET']],
    ['/models/xgb1/load/twice', []],
    ['/model', []],
    ['/', []],
  ])('knows the methods of %s', (path, methods) => {
    expect(routes.of(path)).toEqual(methods);
  });
});
