/** What the receivers of Jaeger and Zipkin have in common: one body of spans on its way into the pipeline. */
import type {IncomingHttpHeaders} from 'node:http';
import {defaultTenant, giveBytes, PermanentError} from '../base/index.ts';
import {oneOf, withDefault} from '../config/index.ts';
import {type ConsumeContext, type SpanBatch, tableBytes} from '../model/index.ts';
import {isPortInUse, type Sender, startListening} from '../net/index.ts';
import {type Component, contextOf, type Intake, type Settings} from '../pipeline/index.ts';
import type {Decoded} from '../wire/index.ts';

/** How long requests under way may still take once Weft is stopping. */
export const graceMs = 5000;

export interface Arrival {
  readonly intake: Intake;
  /** For the counters: `grpc`, `udp_thrift_compact`. */
  readonly transport: string;
  readonly body: Uint8Array;
  readonly context: ConsumeContext;
  /** Counts memory as held for the request. */
  readonly hold: (bytes: number) => void;
  decode(body: Uint8Array, spare: SpanBatch | undefined): Decoded<SpanBatch>;
}

/**
 * Decodes a body and hands it on; resolves when everything in it is safe. These protocols cannot answer that a part was
 * rejected: spans without ids are counted, and only a body of nothing else is refused.
 */
export async function takeSpans({intake, transport, body, context, hold, decode}: Arrival): Promise<void> {
  const {batch, rejected, rejectedReason} = decode(body, intake.spare('traces'));
  const {heap} = batch;
  hold(tableBytes(batch) + (heap.bytes.buffer === body.buffer ? 0 : heap.bytes.length));
  if (!heap.holds(body)) giveBytes(body);
  const isEmpty = batch.items.count === 0;
  await intake.deliver({batch, context, transport, rejected});
  if (isEmpty && rejected > 0) throw new PermanentError('invalid', rejectedReason);
}

/** The context of a request, as for OTLP. */
export const requestContext = (
  {headers, client}: {readonly headers: IncomingHttpHeaders; readonly client: Sender},
  includeMetadata: boolean,
): ConsumeContext => contextOf(headers, includeMetadata, client);

/** A datagram says nothing of its sender. */
export const datagramContext: ConsumeContext = {tenant: defaultTenant};

/** What becomes of a receiver whose port another process uses. The built-in configuration has `skip`. */
export const portInUse = withDefault(
  oneOf('fail', 'skip'),
  'fail',
  'fail',
  'What to do where another process uses a port: not start, or go on without it and say so in the log.',
);

/** Starts listening, or goes on without where the port is taken and that is allowed. */
export async function listenOrSkip(
  settings: Settings,
  mode: 'fail' | 'skip',
  ...[protocol, server, address]: Parameters<typeof startListening> extends [unknown, ...infer Rest] ? Rest : never
): Promise<void> {
  try {
    await startListening(settings, protocol, server, address);
  } catch (error) {
    if (mode === 'fail' || !isPortInUse(error)) throw error;
    settings.log.warn(
      {receiver: settings.id, protocol, port: address.port},
      `${settings.id} does not receive over ${protocol}: another process uses port ${address.port}; stop it, or set another \`endpoint\``,
    );
  }
}

/** Several servers as one component. */
export const together = (servers: readonly Component[]): Component => ({
  async start() {
    for (const server of servers) await server.start?.();
  },
  async stop() {
    await Promise.all(servers.map((server) => server.stop?.()));
  },
});
