import {context, trace} from '@opentelemetry/api';

/** The properties of a pino or winston logger that concern its level. */
export type LeveledLogger = {level: string; readonly levels?: unknown};

/** Every living logger of the process, and one level for all of them while it is in force. */
export type LogLevels = {
  /** Takes a logger into the register. */
  register(logger: LeveledLogger): void;
  /** Sets every logger to `level` until `set(undefined)`, which gives each its own level back. */
  set(level: string | undefined): void;
};

/**
 * Loggers are held weakly. Loggers made for one request (a child inside a span) are not held at all unless a level is in
 * force: they are born with it, and die before the next change.
 */
export function createLogLevels(): LogLevels {
  const own = new WeakMap<LeveledLogger, string>();
  let loggers: WeakRef<LeveledLogger>[] = [];
  let sweepAt = 1_000;
  let forced: string | undefined;

  const force = (logger: LeveledLogger, level: string): void => {
    if (!knows(logger, level)) return;
    if (!own.has(logger)) own.set(logger, logger.level);
    logger.level = level;
  };

  return {
    register(logger) {
      if (forced === undefined && trace.getSpan(context.active()) !== undefined) return;
      loggers.push(new WeakRef(logger));
      if (loggers.length > sweepAt) {
        loggers = loggers.filter((ref) => ref.deref() !== undefined);
        sweepAt = Math.max(1_000, 2 * loggers.length);
      }
      if (forced !== undefined) force(logger, forced);
    },
    set(level) {
      const before = forced;
      forced = level;
      for (const ref of loggers) {
        const logger = ref.deref();
        if (logger === undefined) continue;
        if (level !== undefined) force(logger, level);
        else {
          const original = own.get(logger);
          // A level that the application set meanwhile is its own decision and stays.
          if (original !== undefined && logger.level === before) logger.level = original;
          own.delete(logger);
        }
      }
    },
  };
}

/** pino has `{values: {info: 30}}`, winston `{info: 2}`. */
function knows(logger: LeveledLogger, level: string): boolean {
  const levels = logger.levels as Record<string, unknown> | undefined;
  return level in ((levels?.values as Record<string, unknown> | undefined) ?? levels ?? {});
}
