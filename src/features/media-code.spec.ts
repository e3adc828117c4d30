import { describe, expect, it } from 'vitest';
import { MEDIA_CODE, type MediaName } from '../pairs/part-row.js';
import { MEDIA_CODE_MEANING, MediaCounts, mediaCode } from './media-code.js';

function codeOf(...names: MediaName[]): number {
  return mediaCode(
    Uint8Array.from(['Photo' as const, ...names], (name) => MEDIA_CODE[name]),
    1,
    names.length + 1,
  );
}

describe('mediaCode', () => {
  it('is what its meaning says, for every code', () => {
    const names: Record<string, MediaName> = { photo: 'Photo', video: 'Video', GIF: 'GIF' };
    MEDIA_CODE_MEANING.slice(1, 13).forEach((meaning, i) => {
      expect(codeOf(...meaning.split(', ').map((word) => names[word]!))).toBe(i + 1);
    });
    expect(codeOf()).toBe(0);
    expect(codeOf('GIF', 'GIF', 'GIF')).toBe(13);
    expect(codeOf('GIF', 'GIF', 'GIF', 'Photo')).toBe(13);
    expect(codeOf('GIF', 'GIF', 'Photo')).toBe(codeOf('GIF', 'GIF'));
    expect(codeOf('Photo', 'Video', 'GIF', 'GIF')).toBe(codeOf('Photo', 'Video'));
  });

  it('counts the kinds', () => {
    const counts = new MediaCounts();
    counts.count(Uint8Array.of(3, 3, 2, 1), 0, 4);
    counts.count(Uint8Array.of(3, 1, 1, 2, 1), 1, 4);
    expect(counts).toEqual({ photo: 2, video: 1, gif: 0 });
  });
});
