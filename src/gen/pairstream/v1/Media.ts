// Original file: proto/pairstream/v1/pair_service.proto

export const Media = {
  MEDIA_UNSPECIFIED: 0,
  MEDIA_PHOTO: 1,
  MEDIA_VIDEO: 2,
  MEDIA_GIF: 3,
} as const;

export type Media =
  | 'MEDIA_UNSPECIFIED'
  | 0
  | 'MEDIA_PHOTO'
  | 1
  | 'MEDIA_VIDEO'
  | 2
  | 'MEDIA_GIF'
  | 3

export type Media__Output = typeof Media[keyof typeof Media]
