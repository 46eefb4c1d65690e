export {Journal} from './journal.ts';
export type {NamedPolicy} from './judge.ts';
export {
  booleanAttribute,
  numericAttribute,
  type SpanTest,
  spanConditions,
  stringAttribute,
} from './policies-attribute.ts';
export {defaultHashSalt, probabilisticPolicy} from './policies-chance.ts';
export {and, drop, not} from './policies-combined.ts';
export {bytesLimiting, type CompositePart, composite, rateLimiting} from './policies-limit.ts';
export {alwaysSample, latency, spanCount, statusCode, traceFlags, traceState} from './policies-trace.ts';
export type {Policy} from './policy.ts';
export {adaptive} from './policy-adaptive.ts';
export {TailSampler} from './sampler.ts';
export {createTailWatch, type TailWatch} from './watch.ts';
