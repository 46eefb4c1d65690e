import type {Span} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type * as MongoDB from '@opentelemetry/instrumentation-mongodb';
import {commandText} from './document-shape.ts';
import {optionalPackage} from './optional-package.ts';
import {errorType} from './span-outcome.ts';

type End = (this: unknown, error: unknown, ...results: unknown[]) => unknown;
type PatchEnd = (span: Span | undefined, ...others: unknown[]) => End;

/** OpenTelemetry's MongoDB instrumentation; commands as their shape, failures as their code (theirs are the server's words). */
export function mongodbInstrumentation(): Instrumentation {
  const {MongoDBInstrumentation} = optionalPackage<typeof MongoDB>('@opentelemetry/instrumentation-mongodb');
  const instrumentation = new MongoDBInstrumentation({
    dbStatementSerializer: (command) => commandText(command),
  });
  const {_patchEnd: patchEnd} = instrumentation as unknown as {_patchEnd: PatchEnd};
  // Called with every command; a private method, so tests with the real library stand guard.
  const recordingEnd: PatchEnd = (span, ...others) => {
    const end = patchEnd.call(instrumentation, span, ...others);
    return function ended(error, ...results) {
      if (error instanceof Error && span?.isRecording() === true) {
        span.recordException(error);
        span.setAttribute('error.type', errorType(error));
      }
      return end.call(this, error, ...results);
    };
  };
  Object.assign(instrumentation, {_patchEnd: recordingEnd});
  return instrumentation;
}
