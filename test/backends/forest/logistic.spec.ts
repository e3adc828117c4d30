import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf, runForest } from '../../support/forests/run-forest.js';
import { compileForest } from '../../../src/backends/forest/layout/compile-forest.js';

/** Bits of a margin, and of XGBoost 3.2's probability for it: `predict` of a booster without trees, with `base_margin`. */
const XGBOOST = [
  [0x00000000, 0x3f000000],
  [0x80000000, 0x3f000000],
  [0x00000001, 0x3f000000],
  [0x322bcc77, 0x3f000000],
  [0x80000001, 0x3f000000],
  [0xb22bcc77, 0x3f000000],
  [0x3f000000, 0x3f1f597f],
  [0xbf000000, 0x3ec14d03],
  [0x3f800000, 0x3f3b26a8],
  [0xbf800000, 0x3e89b2b1],
  [0x40000000, 0x3f617bea],
  [0xc0000000, 0x3df420a9],
  [0x40a00000, 0x3f7e4961],
  [0xc0a00000, 0x3bdb4fb4],
  [0x41200000, 0x3f7ffd06],
  [0xc1200000, 0x383e6998],
  [0x4184cccd, 0x3f7ffffe],
  [0x41880000, 0x3f800000],
  [0xc1a00000, 0x310da433],
  [0xc2480000, 0x1b692beb],
  [0x42ae0000, 0x3f800000],
  [0xc2ae0000, 0x00b33687],
  [0xc2b13333, 0x00242ebb],
  [0xc2b16666, 0x0020bd47],
  [0xc2b16b85, 0x0020bd47],
  [0xc2b20000, 0x0020bd47],
  [0xc2c80000, 0x0020bd47],
  [0x42b16666, 0x3f800000],
  [0x42b1999a, 0x3f800000],
  [0x42cfcccd, 0x3f800000],
  [0x42d00000, 0x3f800000],
  [0x42d20000, 0x3f800000],
  [0xc2d20000, 0x0020bd47],
  [0x7f7fc99e, 0x3f800000],
  [0xff7fc99e, 0x0020bd47],
  [0x7f800000, 0x3f800000],
  [0xff800000, 0x0020bd47],
  [0x3fb0f069, 0x3f4ca341],
  [0x40525591, 0x3f76c634],
  [0x3fa92f0c, 0x3f4a1ade],
  [0xc0a6cddb, 0x3bb187fc],
  [0x4067c567, 0x3f7954ec],
  [0x3fe48b35, 0x3f5b3b5b],
  [0xc00975c4, 0x3dd616dc],
  [0x4014c428, 0x3f692fac],
  [0x3fbaa93c, 0x3f4faf74],
  [0x3f969889, 0x3f43aab1],
  [0x3de8d5c3, 0x3f0744ad],
  [0x400bf562, 0x3f6628f7],
  [0xc03c8841, 0x3d4c883f],
  [0xbf26d1de, 0x3eaf6be7],
  [0xbff6d858, 0x3e01f71d],
  [0x40194dfc, 0x3f6a9e15],
  [0x3e22b3a6, 0x3f0a25c4],
  [0xbf95bce4, 0x3e72924f],
  [0xc0482b27, 0x3d2bf4f9],
  [0xbf83aeb4, 0x3e86d240],
  [0x3d0566c8, 0x3f02158f],
  [0xbf8d1bd3, 0x3e7f456e],
  [0x40a5a3e2, 0x3f7e8fdc],
  [0x4080dc58, 0x3f7b83fe],
  [0xc12d83b0, 0x37a3a5c9],
  [0xc0f1cb30, 0x3a09033e],
  [0xbf32f775, 0x3ea9fdca],
  [0xbfd82957, 0x3e1fae6a],
  [0x3f5ac53b, 0x3f33972a],
  [0x3f5e89a4, 0x3f346080],
  [0x41078aac, 0x3f7ff249],
  [0xc08e56b2, 0x3c3d7dd7],
  [0xbfc15572, 0x3e3937b4],
  [0x4102bcc5, 0x3f7fed79],
  [0x40258e54, 0x3f6e1501],
  [0x4029be85, 0x3f6f2471],
  [0xc00395ec, 0x3de855d4],
  [0xc0d2f421, 0x3ab37032],
  [0x3f2b7be1, 0x3f295634],
  [0x3edf42c7, 0x3f1b7941],
  [0xc09d19df, 0x3beff462],
  [0xc02ee7f1, 0x3d7a1955],
  [0xbe938ba3, 0x3edb5de7],
  [0xc071db3e, 0x3cb6f826],
  [0xbec941c4, 0x3ece52e1],
  [0x3ec38c9b, 0x3f18269a],
  [0x3e11c2e0, 0x3f091840],
] as const;

/** Probabilities of margins: a forest whose tree adds nothing. */
function probabilities(margins: Float32Array): Float32Array {
  const leaf = {
    left: Int32Array.of(-1),
    right: Int32Array.of(-1),
    feature: Uint16Array.of(0),
    value: Float32Array.of(0),
    missingLeft: Uint8Array.of(0),
    output: 0,
  };
  const forest = { featureCount: 1, outputCount: margins.length, baseMargins: margins, trees: [leaf] };
  return runForest(compileForest(forest, { maxBytes: 2 ** 26, scratchCount: 1 }), Float32Array.of(0), 1);
}

describe('logistic function of the forest kernel', () => {
  it('has the bits of XGBoost', () => {
    const margins = new Float32Array(Uint32Array.from(XGBOOST, ([margin]) => margin).buffer);
    expect([...bitsOf(probabilities(margins))]).toEqual(XGBOOST.map(([, probability]) => probability));
  });

  it('is within two units in the last place of the exact value', () => {
    const margins = fc.array(fc.float({ min: -85, max: 110, noNaN: true }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(margins, (list) => {
        const exact = Float32Array.from(list, (margin) => 1 / (1 + Math.exp(-margin)));
        const found = bitsOf(probabilities(Float32Array.from(list)));
        bitsOf(exact).forEach((bits, i) => expect(Math.abs(bits - found[i]!)).toBeLessThanOrEqual(2));
      }),
      { numRuns: 50 },
    );
  });

  it('is NaN for NaN', () => {
    expect(probabilities(Float32Array.of(Number.NaN, 0))[0]).toBeNaN();
  });
});
