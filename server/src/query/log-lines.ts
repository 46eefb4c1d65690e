/** Log records as readers give them. */
import type {UnixNano} from '../base/index.ts';
import type {AnyValue, KeyValue} from '../model/index.ts';

export interface LogLine {
  /** When it happened; where that was not said, when it was seen. */
  readonly time: UnixNano;
  /** Empty where it belongs to no span. */
  readonly spanId: string;
  readonly service: string;
  /** Of OpenTelemetry: 1 to 24, 0 where it was not said. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributes: number;
  /** The name of the scope: mostly of the logger. */
  readonly scope: string;
}

export interface LogLines {
  readonly lines: readonly LogLine[];
  /** There are later ones. */
  readonly more: boolean;
}

export const severityNames = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type SeverityName = (typeof severityNames)[number];

/** Four numbers each, from 1 on. */
export const severityName = (number: number): SeverityName => severityNames[Math.ceil(number / 4)] ?? 'unspecified';
