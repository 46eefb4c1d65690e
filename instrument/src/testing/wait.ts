/** How long to wait at most: machines that build and test for many are slower than the one on which a test was written. */
export const waitMillis = (usual: number): number => Number(process.env.WEFT_TESTING_WAIT_MILLIS) || usual;
