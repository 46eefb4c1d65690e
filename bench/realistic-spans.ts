/**
 * OTLP export requests like those of a real shop, made fast enough for a sender that shares its cores with the server: every
 * kind of span is encoded once as a template, and each span is a copy with fresh ids, times and varying values patched in.
 *
 * The shape: 8 services, one span of each trace in each; 6 resource attributes, 8 to 11 span attributes, 300 to 600 bytes.
 * One request holds spans of one service, as SDKs send them, so the spans of a trace arrive in different requests.
 */
import {seededRandom} from '../server/src/model/testing.ts';

type Attribute = readonly [key: string, value: string | number | boolean];

/** `{hex:8}` and `{int:5}` in a text value mark characters that differ from span to span. */
interface SpanKind {
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Attribute[];
  /** Offset and length in milliseconds within a trace of some 120 ms. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly event?: readonly Attribute[];
}

const userAgent = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/141.0 Safari/537.36';
const kinds: readonly SpanKind[] = [
  {
    service: 'gateway',
    name: 'POST /api/orders',
    kind: 2,
    startMs: 0,
    lengthMs: 120,
    attributes: [
      ['http.request.method', 'POST'],
      ['http.route', '/api/orders'],
      ['url.path', '/api/orders'],
      ['url.scheme', 'https'],
      ['http.response.status_code', 201],
      ['user_agent.original', userAgent],
      ['client.address', '10.{int:2}.{int:2}.{int:2}'],
      ['server.address', 'shop.example'],
      ['server.port', 443],
      ['user.id', 'u-{int:7}'],
      ['network.protocol.version', '1.1'],
    ],
  },
  {
    service: 'order',
    name: 'shop.Orders/Create',
    kind: 2,
    startMs: 4,
    lengthMs: 110,
    attributes: [
      ['rpc.system', 'grpc'],
      ['rpc.service', 'shop.Orders'],
      ['rpc.method', 'Create'],
      ['rpc.grpc.status_code', 0],
      ['server.address', 'order'],
      ['server.port', 50051],
      ['order.id', '{hex:8}-{hex:4}-{hex:4}'],
      ['order.items', 3],
      ['thread.id', 17],
      ['code.function.name', 'OrderService.create'],
    ],
    event: [
      ['order.state', 'accepted'],
      ['attempt', 1],
    ],
  },
  {
    service: 'inventory',
    name: 'POST /reserve',
    kind: 2,
    startMs: 9,
    lengthMs: 30,
    attributes: [
      ['http.request.method', 'POST'],
      ['http.route', '/reserve'],
      ['url.path', '/reserve'],
      ['url.scheme', 'http'],
      ['http.response.status_code', 200],
      ['server.address', 'inventory'],
      ['server.port', 8082],
      ['product.id', 'sku-{int:5}'],
      ['warehouse', 'tpe-2'],
    ],
  },
  {
    service: 'inventory-db',
    name: 'SELECT stock',
    kind: 3,
    startMs: 12,
    lengthMs: 9,
    attributes: [
      ['db.system.name', 'postgresql'],
      ['db.namespace', 'inventory'],
      ['db.operation.name', 'SELECT'],
      ['db.query.text', 'SELECT id, quantity, reserved FROM stock WHERE product_id = $1 AND warehouse = $2 FOR UPDATE'],
      ['server.address', 'pg-0.db.svc'],
      ['server.port', 5432],
      ['db.collection.name', 'stock'],
      ['db.response.returned_rows', 1],
    ],
  },
  {
    service: 'payment',
    name: 'POST /charge',
    kind: 2,
    startMs: 45,
    lengthMs: 50,
    attributes: [
      ['http.request.method', 'POST'],
      ['http.route', '/charge'],
      ['url.path', '/charge'],
      ['url.scheme', 'http'],
      ['http.response.status_code', 200],
      ['server.address', 'payment'],
      ['server.port', 8083],
      ['payment.amount', 129.95],
      ['payment.currency', 'TWD'],
      ['payment.id', 'pay_{hex:12}'],
    ],
  },
  {
    service: 'payment-provider',
    name: 'POST',
    kind: 3,
    startMs: 48,
    lengthMs: 40,
    attributes: [
      ['http.request.method', 'POST'],
      ['url.full', 'https://pay.example/v1/charges/{hex:10}'],
      ['server.address', 'pay.example'],
      ['server.port', 443],
      ['http.response.status_code', 200],
      ['network.peer.address', '203.0.113.{int:2}'],
      ['network.protocol.version', '2'],
      ['http.request.resend_count', 0],
    ],
  },
  {
    service: 'order-events',
    name: 'publish order.created',
    kind: 4,
    startMs: 98,
    lengthMs: 6,
    attributes: [
      ['messaging.system', 'kafka'],
      ['messaging.destination.name', 'order.created'],
      ['messaging.operation.type', 'send'],
      ['messaging.kafka.offset', 4200],
      ['messaging.destination.partition.id', '3'],
      ['messaging.message.body.size', 812],
      ['messaging.client.id', 'order-7d9f'],
      ['server.address', 'kafka-1'],
      ['server.port', 9092],
    ],
  },
  {
    service: 'notification',
    name: 'process order.created',
    kind: 5,
    startMs: 106,
    lengthMs: 12,
    attributes: [
      ['messaging.system', 'kafka'],
      ['messaging.destination.name', 'order.created'],
      ['messaging.operation.type', 'process'],
      ['messaging.consumer.group.name', 'notification'],
      ['messaging.destination.partition.id', '3'],
      ['notification.channel', 'email'],
      ['notification.template', 'order-confirmed'],
      ['user.tier', 'gold'],
      ['messaging.kafka.offset', 4200],
    ],
  },
];

export const spansPerTrace = kinds.length;

// ── a small protobuf writer of its own, so that nothing of the server is measured against itself ────────────────────────

const text = (value: string): number[] => [...Buffer.from(value)];
const delimited = (field: number, payload: readonly number[]): number[] => [
  ...varint((field << 3) | 2),
  ...varint(payload.length),
  ...payload,
];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

function keyValue(field: number, [key, value]: Attribute): number[] {
  const any =
    typeof value === 'string'
      ? delimited(1, text(value))
      : typeof value === 'boolean'
        ? [0x10, value ? 1 : 0]
        : Number.isInteger(value)
          ? [0x18, ...varint(value)]
          : [0x21, ...new Uint8Array(new Float64Array([value]).buffer)];
  return delimited(field, [...delimited(1, text(key)), ...delimited(2, any)]);
}

// ── templates ───────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Template {
  readonly bytes: Uint8Array;
  readonly traceId: number;
  readonly spanId: number;
  readonly parentId: number;
  readonly start: number;
  readonly end: number;
  readonly eventTime: number;
  /** Varying characters: where, how many, whether hexadecimal. */
  readonly holes: readonly (readonly [at: number, length: number, hex: boolean])[];
  readonly kind: SpanKind;
}

const zeros = (count: number): number[] => Array.from({length: count}, () => 0);

function template(kind: SpanKind): Template {
  const body: number[] = [];
  const put = (bytes: readonly number[], payload: number): number => {
    body.push(...bytes);
    return body.length - payload;
  };
  const traceId = put([0x0a, 16, ...zeros(16)], 16);
  const spanId = put([0x12, 8, ...zeros(8)], 8);
  const parentId = put([0x22, 8, ...zeros(8)], 8);
  put(delimited(5, text(kind.name)), 0);
  put([0x30, kind.kind], 0);
  const start = put([0x39, ...zeros(8)], 8);
  const end = put([0x41, ...zeros(8)], 8);
  const holes: [number, number, boolean][] = [];
  for (const [key, value] of kind.attributes) {
    const filled =
      typeof value === 'string'
        ? value.replace(/\{(hex|int):(\d+)\}/g, (_, what, count) =>
            (what === 'hex' ? '\u0001' : '\u0002').repeat(Number(count)),
          )
        : value;
    const from = body.length;
    put(keyValue(9, [key, filled]), 0);
    for (let at = from; typeof filled === 'string' && at < body.length; at++) {
      const mark = body[at];
      if ((mark !== 1 && mark !== 2) || at < body.length - filled.length) continue;
      let length = 1;
      while (body[at + length] === mark) length++;
      holes.push([at, length, mark === 1]);
      at += length;
    }
  }
  let eventTime = -1;
  if (kind.event !== undefined) {
    const inner = [
      0x09,
      ...zeros(8),
      ...delimited(2, text('order.accepted')),
      ...kind.event.flatMap((a) => keyValue(3, a)),
    ];
    eventTime = put(delimited(11, inner), inner.length) + 1;
  }
  put(delimited(15, [0x18, 0]), 0);
  return {
    bytes: Uint8Array.from([...varint(0x12), ...varint(body.length), ...body]),
    ...offset({traceId, spanId, parentId, start, end, eventTime}, 1 + varint(body.length).length),
    holes: holes.map(([at, length, hex]) => [at + 1 + varint(body.length).length, length, hex]),
    kind,
  };
}

const offset = <T extends Record<string, number>>(fields: T, by: number): T =>
  Object.fromEntries(Object.entries(fields).map(([name, at]) => [name, at < 0 ? at : at + by])) as T;

const hexDigits = Buffer.from('0123456789abcdef');

/** The same kind of span with another value in every attribute of every span. */
const varied = (kind: SpanKind): SpanKind => ({
  ...kind,
  attributes: kind.attributes.map(([key, value]) => [key, typeof value === 'string' ? `${value}-{hex:8}` : '{int:6}']),
});

/** An endless source of requests; the same seed gives the same ids and values. With `varying` no two spans share a value. */
export function createSpanSource(seed: number, spansPerRequest: number, varying = false) {
  const random = seededRandom(seed);
  const word = (): number => (random() * 4294967296) >>> 0;
  const templates = kinds.map((kind) => template(varying ? varied(kind) : kind));
  const heads = kinds.map((kind, i) => {
    const resource: Attribute[] = [
      ['service.name', kind.service],
      ['service.version', '2.4.1'],
      ['deployment.environment.name', 'production'],
      ['host.name', `node-${i + 3}`],
      ['k8s.pod.name', `${kind.service}-7d9f6c5b8-x${i}k2p`],
      ['process.pid', 4000 + i],
    ];
    return {
      resource: delimited(
        1,
        resource.flatMap((a) => keyValue(1, a)),
      ),
      scope: delimited(1, [
        ...delimited(1, text('@opentelemetry/instrumentation-http')),
        ...delimited(2, text('0.301.0')),
      ]),
    };
  });
  const traceIds = new Uint8Array(16 * spansPerRequest);
  const spanIds = kinds.map(() => new Uint8Array(8 * spansPerRequest));
  let service = kinds.length;

  const fillRandom = (bytes: Uint8Array): void => {
    const words = new Uint32Array(bytes.buffer);
    for (let i = 0; i < words.length; i++) words[i] = word() | 1;
  };

  function write(target: Buffer, at: number, index: number, t: Template, row: number, nowNano: bigint): number {
    target.set(t.bytes, at);
    target.set(traceIds.subarray(16 * row, 16 * row + 16), at + t.traceId);
    target.set((spanIds[index] as Uint8Array).subarray(8 * row, 8 * row + 8), at + t.spanId);
    const parent = index === 0 ? undefined : spanIds[index === 2 || index === 4 || index === 6 ? 1 : index - 1];
    if (parent === undefined) target.fill(0, at + t.parentId, at + t.parentId + 8);
    else target.set(parent.subarray(8 * row, 8 * row + 8), at + t.parentId);
    const jitter = random();
    const start = nowNano + BigInt(Math.floor((t.kind.startMs + jitter * 3) * 1e6));
    target.writeBigUInt64LE(start, at + t.start);
    target.writeBigUInt64LE(start + BigInt(Math.floor(t.kind.lengthMs * (0.5 + jitter) * 1e6)), at + t.end);
    if (t.eventTime >= 0) target.writeBigUInt64LE(start + 1_000_000n, at + t.eventTime);
    for (const [hole, length, hex] of t.holes) {
      let bits = word();
      for (let i = 0; i < length; i++) {
        if (i === 7) bits = word();
        target[at + hole + i] = hex ? (hexDigits[bits & 15] as number) : 48 + (bits % 10);
        bits = hex ? bits >>> 4 : Math.floor(bits / 10);
      }
    }
    return at + t.bytes.length;
  }

  return {
    /** The next ExportTraceServiceRequest, its traces beginning at `nowNano` with `stepNano` between one and the next. */
    next(nowNano: bigint, stepNano = 20_000n): Buffer {
      if (service === kinds.length) {
        service = 0;
        fillRandom(traceIds);
        for (const ids of spanIds) fillRandom(ids);
      }
      const index = service++;
      const t = templates[index] as Template;
      const {resource, scope} = heads[index] as (typeof heads)[number];
      const spansLength = t.bytes.length * spansPerRequest;
      const scopeLength = scope.length + spansLength;
      const scopeHead = [0x12, ...varint(scopeLength)];
      const resourceHead = [0x0a, ...varint(resource.length + scopeHead.length + scopeLength)];
      const prefix = [...resourceHead, ...resource, ...scopeHead, ...scope];
      const body = Buffer.allocUnsafeSlow(prefix.length + spansLength);
      body.set(prefix);
      let at = prefix.length;
      for (let row = 0; row < spansPerRequest; row++)
        at = write(body, at, index, t, row, nowNano + BigInt(row) * stepNano);
      return body;
    },
  };
}
