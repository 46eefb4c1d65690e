import {defineConfig} from 'vitest/config';

/** One project per kind of test: `unit` beside the code, `e2e` against the built program, and the two packages. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['server/src/**/*.test.ts', 'tools/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {test: {name: 'instrument', include: ['instrument/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000}},
      {test: {name: 'shop', include: ['shop/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000}},
      {test: {name: 'ui', include: ['ui/src/**/*.test.ts', 'ui/src/**/*.test.tsx'], testTimeout: 30_000}},
    ],
    maxWorkers: 2,
  },
});
