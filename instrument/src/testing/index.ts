/** `@weft/instrument/testing`: what a team's own integration tests need to prove that their tracing works. */
export {assertChain, assertChildOf, assertContextSent, assertLinkedTo, assertNoOrphans} from './assert-context.ts';
export {assertConventions, type Conventions, conventionFaults} from './assert-conventions.ts';
export {assertNothingSensitive, sensitiveFindings} from './assert-privacy.ts';
export {type Capture, captureSpans} from './capture.ts';
export type {CapturedAttributes, CapturedExemplar, CapturedLog, CapturedMetric, CapturedSpan} from './captured.ts';
export {type Downstream, type DownstreamRequest, startDownstream} from './downstream.ts';
export {type Receiver, receiveOtlp} from './receive.ts';
export {type Program, type ProgramOptions, runProgram} from './run-program.ts';
export {drawTraces, type SpanMatch, type SpanStore} from './span-store.ts';
