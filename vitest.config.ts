import {join} from 'node:path';
import {defineConfig} from 'vitest/config';

/** Those that load every core on purpose, or time what they see: a neighbour would change what they test. */
const alone = ['e2e/attack.test.ts', 'e2e/overload.test.ts', 'e2e/kill.test.ts', 'e2e/ui-access.test.ts'];

/**
 * `expect.poll` waits for something to become true, which a busy machine takes its time for: one second would be an assertion about time.
 * A test names no limit of its own, unless it waits longer.
 */
const expectOptions = {poll: {timeout: 60_000, interval: 20}};

/** Of a test and of a hook: these end what hangs, and say nothing of how fast anything is. */
const limits = {testTimeout: 240_000, hookTimeout: 240_000};

/** As `./weft` does: programs that tests start need not strip types and compile again, which is 40 % of a start's CPU. */
const env = {NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'weft')};

/**
 * One project per kind of test: `unit` beside the code, `e2e` against the built program, and the two packages. End-to-end tests mostly wait, for a
 * browser or for a program's next minute, so two of them share the cores; those of `alone` come last, one by one.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          env,
          expect: expectOptions,
          include: ['server/src/**/*.test.ts', 'tools/**/*.test.ts'],
          ...limits,
        },
      },
      {
        test: {
          name: 'e2e',
          env,
          expect: expectOptions,
          include: ['e2e/**/*.test.ts'],
          exclude: alone,
          globalSetup: ['e2e/build-page.ts'],
          ...limits,
          sequence: {groupOrder: 1},
        },
      },
      {
        test: {
          name: 'e2e-alone',
          env,
          expect: expectOptions,
          include: alone,
          globalSetup: ['e2e/build-page.ts'],
          ...limits,
          fileParallelism: false,
          // Of the tests of one file that may run beside each other.
          maxConcurrency: 2,
          sequence: {groupOrder: 2},
        },
      },
      {
        test: {
          name: 'instrument',
          expect: expectOptions,
          include: ['instrument/**/*.test.ts'],
          ...limits,
          env: {...env, WEFT_TESTING_WAIT_MILLIS: '60000'},
        },
      },
      {
        test: {
          name: 'shop',
          env,
          expect: expectOptions,
          include: ['shop/**/*.test.ts'],
          ...limits,
        },
      },
      {
        test: {
          name: 'ui',
          expect: expectOptions,
          include: ['ui/src/**/*.test.ts', 'ui/src/**/*.test.tsx'],
          ...limits,
        },
      },
    ],
    maxWorkers: 2,
  },
});
