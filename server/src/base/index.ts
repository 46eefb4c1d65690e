export {giveBytes, takeBytes, wholeBytes} from './byte-pool.ts';
export {enlarged, fromHex, isZero, sameBytes, signed64, toHex, utf8, utf8Bytes} from './bytes.ts';
export {type DirectoryLock, lockDirectory, lockFile} from './directory-lock.ts';
export {
  bug,
  errorMessage,
  FileError,
  MalformedError,
  PermanentError,
  QueryError,
  type QueryErrorReason,
  RetryableError,
  TooLargeError,
} from './errors.ts';
export {ignoreAbsent, syncDirectory} from './files.ts';
export {goEscapes} from './go-escapes.ts';
export {goDuration, goFloat, goFloatText, goInt} from './go-number.ts';
export {type HashSeed, hashBytes, hashWords, randomSeed} from './hash.ts';
export {
  defaultTenant,
  parseSpanId,
  parseTenant,
  parseTraceId,
  type SpanId,
  type TenantId,
  type TraceId,
} from './ids.ts';
export {type Log, silentLog} from './log.ts';
export {
  type Counter,
  createDistribution,
  createMeter,
  type Family,
  type FamilySnapshot,
  type Gauge,
  type Histogram,
  type Labels,
  type Meter,
} from './meter.ts';
export {nodeHttp, nodeTls, nodeUtil} from './node.ts';
export {prometheusMillis, prometheusUnits} from './prometheus-duration.ts';
export {giveMemoryBack, giveMemoryBackAtRest} from './resting-memory.ts';
export {expectedSince, sinceNanos} from './since.ts';
export {type Compiled, foundToken, pointAt, SyntaxFault, type TextFault} from './text-fault.ts';
export {
  type Clock,
  maxTimerMs,
  parseDuration,
  systemClock,
  timerMs,
  type UnixNano,
  unixNano,
  unixNanoFromMillis,
} from './time.ts';
export {type AnyToken, TokenCursor} from './token-cursor.ts';
export {version} from './version.ts';
