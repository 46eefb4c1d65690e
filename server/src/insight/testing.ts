/** For tests: traces from recorded files, and from small sketches that go through OTLP as a service's would. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {tracesOfFile, tracesOfJson} from '../../../tools/insight/traces.ts';
import type {SpanBatch} from '../model/index.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/insight');

/** Traces that the shop produced under a fault: see `tools/insight/record.ts`. */
export const recorded = (name: string): SpanBatch[] => tracesOfFile(readFileSync(join(fixtures, `${name}.json.gz`)));

export interface Sketch {
  readonly id: string;
  readonly parent?: string;
  /** `service: name`. */
  readonly name: string;
  /** Milliseconds after the trace's start. */
  readonly at: number;
  readonly ms: number;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** It failed, with this message. */
  readonly failed?: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly events?: readonly {
    readonly name: string;
    readonly at: number;
    readonly attributes?: Readonly<Record<string, string>>;
  }[];
  readonly host?: string;
}

const kinds = {internal: 1, server: 2, client: 3, producer: 4, consumer: 5};

export function sketched(...spans: readonly Sketch[]): SpanBatch {
  const resourceSpans = spans.map((span) => {
    const [service = '', name = ''] = span.name.split(/: (.*)/);
    const at = (ms: number): string => String(1_767_323_045_000_000_000n + BigInt(Math.round(ms * 1e6)));
    return {
      resource: {
        attributes: attributesOf({'service.name': service, ...(span.host === undefined ? {} : {'host.id': span.host})}),
      },
      scopeSpans: [
        {
          scope: {},
          spans: [
            {
              traceId: '1'.padStart(32, '0'),
              spanId: hex(span.id),
              parentSpanId: span.parent === undefined ? '' : hex(span.parent),
              name,
              kind: kinds[span.kind ?? 'internal'],
              startTimeUnixNano: at(span.at),
              endTimeUnixNano: at(span.at + span.ms),
              status: span.failed === undefined ? {} : {code: 2, message: span.failed},
              attributes: attributesOf(span.attributes ?? {}),
              events: (span.events ?? []).map((event) => ({
                name: event.name,
                timeUnixNano: at(event.at),
                attributes: attributesOf(event.attributes ?? {}),
              })),
            },
          ],
        },
      ],
    };
  });
  return tracesOfJson(new TextEncoder().encode(JSON.stringify({resourceSpans})))[0] as SpanBatch;
}

const hex = (id: string): string => Buffer.from(id).toString('hex').padStart(16, '0').slice(-16);

const attributesOf = (attributes: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? {stringValue: value}
        : typeof value === 'boolean'
          ? {boolValue: value}
          : {intValue: String(value)},
  }));
