/** The settings of the receiver `jaeger`: those of the Collector's, and the agent's port for Zipkin's Thrift. */
import {
  always,
  integer,
  listenAddress,
  listensAt,
  object,
  optional,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {grpcServerFields, httpServerFields, serverObject} from '../net/index.ts';
import {portInUse} from './receiver-spans.ts';

const udp = (port: number) =>
  object({
    endpoint: listensAt(
      listenAddress,
      port,
      'Address to listen on, by UDP; `0.0.0.0:PORT` or `:PORT` is every address of the machine.',
    ),
    queue_size: withDefault(integer(1, 1_000_000), 1000, '1000', 'How many datagrams may wait; more are dropped.'),
    max_packet_size: withDefault(
      // UDP carries 65,507 bytes at most; the Collector's documentation sets more.
      integer(1, 2 ** 30),
      65_000,
      '65000',
      'Largest datagram in bytes; larger ones are dropped.',
    ),
    workers: withDefault(
      integer(1, 1000),
      10,
      '10',
      'How many datagrams may be on their way into the pipeline at once.',
    ),
    socket_buffer_size: withDefault(
      integer(0, 2 ** 30),
      0,
      '0',
      "Bytes of the system's buffer for datagrams that were not read yet; 0 leaves it to the system.",
    ),
  });
const compact = udp(6831);
const binary = udp(6832);
const zipkin = udp(5775);
const grpc = serverObject(grpcServerFields(14250));
const thriftHttp = serverObject(httpServerFields(14268));

export const jaegerReceiverConfig = object({
  protocols: always(
    object(
      {
        grpc: optional(
          grpc,
          "Receive as Jaeger's collector does over gRPC (`PostSpans`), and answer its questions for sampling.",
        ),
        thrift_http: optional(thriftHttp, 'Receive Thrift over HTTP at `/api/traces`.'),
        thrift_compact: optional(compact, "Receive as Jaeger's agent does by UDP, Thrift's compact protocol."),
        thrift_binary: optional(binary, "Receive by UDP, Thrift's binary protocol: what Node.js clients send."),
        zipkin_compact: optional(
          zipkin,
          "Receive by UDP Zipkin's Thrift in the compact protocol, as Jaeger's agent did.",
        ),
      },
      (protocols, node, report) => {
        if (Object.values(protocols).every((each) => each === undefined)) {
          report.fault(
            node.at,
            'name at least one protocol: `grpc:`, `thrift_http:`, `thrift_compact:`, `thrift_binary:` or `zipkin_compact:`',
          );
        }
      },
    ),
    'The protocols to listen for.',
  ),
  port_in_use: portInUse,
  remote_sampling: unsupported(
    'the receiver does not serve strategies of its own; write `extensions: {jaegerremotesampling: …}` and name it in `service.extensions`',
  ),
});

export type JaegerReceiverConfig = ReturnType<typeof jaegerReceiverConfig.read>;
export type GrpcConfig = ReturnType<typeof grpc.read>;
export type ThriftHttpConfig = ReturnType<typeof thriftHttp.read>;
export type UdpConfig = ReturnType<typeof compact.read>;
