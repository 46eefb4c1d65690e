/** The ids in addresses and parameters. */
import {parseTraceId, type TraceId} from '../base/index.ts';
import {ApiFailure} from './errors.ts';

export function traceIdOf(value: string, parameter = 'traceId'): TraceId {
  const id = parseTraceId(value);
  if (id !== undefined) return id;
  throw new ApiFailure('trace_id_invalid', {given: JSON.stringify(value)}, parameter);
}
