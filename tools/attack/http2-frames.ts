/** HTTP/2 frame by frame (RFC 9113), for what no client library would send. */
import * as net from 'node:net';

const types = {data: 0, headers: 1, rst: 3, settings: 4, ping: 6} as const;
export const endStream = 1;
export const endHeaders = 4;

export function http2Frame(
  type: keyof typeof types,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = types[type];
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);

/** HPACK, without its table: the headers of a gRPC call. Without an authority nghttp2 would reset the stream unseen. */
export const callHeaders = (path: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x83, 0x86, 0x01]),
    text('localhost'),
    Buffer.from([0x04]),
    text(path),
    Buffer.from([0x0f, 0x10]),
    text('application/grpc'),
  ]);

export const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** A length-prefixed message of gRPC. */
export function grpcMessage(bytes: Uint8Array, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed ? 1 : 0;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

export interface RawConnection {
  readonly socket: net.Socket;
  readonly gone: boolean;
  /** Resolves when the system has taken the bytes, or the connection is gone. */
  send(bytes: Buffer | string): Promise<void>;
}

/** A connection that is cut off sooner or later. `read` is false for one that takes no byte of the answers. */
export function connectRaw({host, port}: {readonly host: string; readonly port: number}, read = true): RawConnection {
  const socket = net.connect(port, host);
  const state = {gone: false};
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  void closed.then(() => (state.gone = true));
  socket.on('error', () => {}); // 'close' follows
  if (read) socket.resume();
  return {
    socket,
    get gone() {
      return state.gone;
    },
    send: (bytes) =>
      state.gone ? closed : Promise.race([closed, new Promise<void>((done) => socket.write(bytes, () => done()))]),
  };
}

export const http2Preface = (settings: Uint8Array = new Uint8Array(0)): Buffer =>
  Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), http2Frame('settings', 0, 0, settings)]);

/** A window of `bytes` on every stream (SETTINGS_INITIAL_WINDOW_SIZE). */
export function initialWindow(bytes: number): Buffer {
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(4, 0);
  setting.writeUInt32BE(bytes, 2);
  return setting;
}
