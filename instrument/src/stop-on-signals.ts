import type {Running} from './start.ts';

/**
 * Flushes when the process is told to stop. Where the application handles the signal itself, its own stop is left
 * alone and the last flush happens when its event loop runs empty; where it does not, the signal's default action
 * follows the flush.
 */
export function stopOnSignals(running: Running): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const onSignal = async (): Promise<void> => {
      if (process.listenerCount(signal) > 1) return void (await running.flush());
      await running.shutdown();
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
  process.once('beforeExit', () => void running.shutdown());
}
