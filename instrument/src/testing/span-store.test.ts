import {expect, test, vi} from 'vitest';
import {createSpanStore} from './span-store.ts';

test('testing kit: a wait for a span that does not come ends after what the environment or the call says', async () => {
  vi.stubEnv('WEFT_TESTING_WAIT_MILLIS', '30');
  const store = createSpanStore();
  await expect(store.waitFor('none')).rejects.toThrow('waited 30 ms for 1 span "none", found 0');
  await expect(store.waitFor('none', {timeoutMillis: 1})).rejects.toThrow('waited 1 ms');
  vi.unstubAllEnvs();
});
