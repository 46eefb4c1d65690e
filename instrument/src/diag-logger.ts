import type {DiagLogger} from '@opentelemetry/api';

const print =
  (level: string) =>
  (message: string, ...details: unknown[]): void => {
    const rest = details.map((detail) => (detail instanceof Error ? detail.message : String(detail))).join(' ');
    process.stderr.write(`@weft/instrument ${level}: ${message}${rest === '' ? '' : ` ${rest}`}\n`);
  };

/** OpenTelemetry's own messages on standard error, one line each, so that they never mix with a program's JSON on standard output. */
export const diagLogger: DiagLogger = {
  error: print('error'),
  warn: print('warn'),
  info: print('info'),
  debug: print('debug'),
  verbose: print('verbose'),
};
