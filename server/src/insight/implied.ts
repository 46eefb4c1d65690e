/** What follows from a question by itself: to say that failed requests have an error type tells nobody anything. */
import type {SpanCondition, TraceFilter} from '../query/index.ts';
import type {IsImplied} from './compare-shares.ts';

const failures =
  /^(error|exception|otel\.status|otel\.status_code|grpc\.error)(\.|_|$)|^(http\.response\.|http\.)status_code$|^rpc\.(grpc\.|response\.)?status_code$|^(rpc\.grpc|rpc\.connect_rpc)\.(status|error)_code$|^event$|^status\.message$/;

/** By conditions that are asked for, and by what they are about. */
export function impliedBy(filter: TraceFilter): IsImplied {
  const {service, operation, minDurationNano, maxDurationNano, trace = {}} = filter;
  const conditions = filter.conditions.flatMap(parts);
  const keys = new Set(conditions.flatMap((one) => ('key' in one ? [one.key] : [])));
  const fields = new Set(conditions.flatMap((one) => (one.type === 'field' ? [one.field] : [])));
  const asksStatus = conditions.some((one) => one.type === 'status' && one.status === 'error');
  const asksKind = conditions.some((one) => one.type === 'kind');
  const ofFailures = asksStatus || (trace.outcomes ?? []).some((outcome) => outcome !== 'clean');
  const ofDurations = [minDurationNano, maxDurationNano, trace.minDurationNano, trace.maxDurationNano].some(
    (bound) => bound !== undefined,
  );
  return ({of, key, value}) => {
    switch (of) {
      case 'failed':
        return ofFailures;
      case 'service':
        return value === service || fields.has('service');
      case 'operation':
        return value === operation || fields.has('operation');
      case 'kind':
        return asksKind;
      // How long the traces take is told first anyway, and a failure's effect as often as its cause.
      case 'trace':
        return value === undefined && (ofDurations || ofFailures || key === 'duration');
      default:
        return keys.has(key) || (ofFailures && failures.test(key));
    }
  };
}

function parts(condition: SpanCondition): SpanCondition[] {
  if (condition.type === 'any') return condition.of.flatMap(parts);
  return condition.type === 'not' ? parts(condition.condition) : [condition];
}
