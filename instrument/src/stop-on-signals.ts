import type {Running} from './start.ts';

/**
 * Flushes when the process is told to stop. Where the application handles the signal itself, its own stop is left
 * alone: what is collected by then goes out at once, the rest when its event loop runs empty or it exits. Where it does
 * not, the signal's default action follows the flush. The first process of a container has none: the kernel ignores what
 * PID 1 does not handle. It lives on without instrumentation, so it lives on, traced, with it.
 */
export function stopOnSignals(running: Running): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const onSignal = (): void => {
      if (process.pid === 1 || process.listenerCount(signal) > 1) return void running.flush();
      void running.shutdown().then(() => {
        process.off(signal, onSignal);
        process.kill(process.pid, signal);
      });
    };
    process.on(signal, onSignal);
  }
  process.once('beforeExit', () => void running.shutdown());
}
