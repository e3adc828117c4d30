/** Key scheme of the events of tests. */
export const TEST_SCHEME = 0xfeed_0001;
