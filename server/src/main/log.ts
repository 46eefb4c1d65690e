import {Writable} from 'node:stream';
import pino from 'pino';
import type {Log} from '../base/index.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFormat = 'text' | 'json';

/** Lines on stderr: JSON for machines, or text for a person at a terminal. */
export function createLog(level: LogLevel, format: LogFormat): Log {
  const options = {level, base: null, timestamp: pino.stdTimeFunctions.isoTime};
  return format === 'json' ? pino(options, pino.destination(2)) : pino(options, textStream());
}

const names: Readonly<Record<number, string>> = {20: 'debug', 30: 'info', 40: 'WARN', 50: 'ERROR'};

function textStream(): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const {level, time, msg, err, ...fields} = JSON.parse(chunk.toString('utf8'));
      const rest = Object.entries(fields).map(
        ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      const cause =
        err === undefined ? '' : `: ${err.message}${level >= 50 && err.type !== 'Error' ? ` (${err.type})` : ''}`;
      process.stderr.write(`${time.slice(11, 23)} ${names[level] ?? level} ${msg}${cause}${rest.join('')}\n`, () =>
        done(),
      );
    },
  });
}
