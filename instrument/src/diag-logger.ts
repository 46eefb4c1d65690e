import type {DiagLogger} from '@opentelemetry/api';
import {readProperty, textOf} from './odd-values.ts';

/** A message may quote what a program passed. */
const longest = 4_096;

const print =
  (level: string) =>
  (message: string, ...details: unknown[]): void => {
    const parts = [message, ...details].map((part) => textOf(readProperty(part, 'message') ?? part));
    const text = parts.filter((part) => part !== '').join(' ');
    const cut = text.length > longest ? `${text.slice(0, longest)} …` : text;
    process.stderr.write(`@weft/instrument ${level}: ${cut}\n`);
  };

/** OpenTelemetry's own messages on standard error, one line each, so that they never mix with a program's JSON on standard output. */
export const diagLogger: DiagLogger = {
  error: print('error'),
  warn: print('warn'),
  info: print('info'),
  debug: print('debug'),
  verbose: print('verbose'),
};
