/** What a client hears whose request the HTTP parser could not read: no route has seen it. */
import type {Socket} from 'node:net';
import {ApiFailure, errorBody} from './errors.ts';
import {isApiPath} from './page.ts';

/** Of the request line and all headers. The page's addresses hold whole questions; proxies in front of Weft mostly pass 8 kB. */
export const maxHeaderBytes = 64 * 1024;
/** For a client to read the answer before the connection ends: bytes of its request may never be read. */
const partingMs = 500;

export function answerUnreadable(
  error: Error & {readonly code?: string; readonly rawPacket?: unknown},
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const {status, failure} = failureOf(error.code);
  // A person who opened a link reads a sentence; a program gets the body that every failure has, where its path can still be seen:
  // of a request of several packets only the last is at hand.
  const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1', 0, 200) : '';
  const path = /^[A-Z]+ (\/[^ ?]*)/.exec(packet)?.[1];
  const isProgram = path === undefined ? error.code !== 'HPE_HEADER_OVERFLOW' : isApiPath(path);
  const [type, body] = isProgram
    ? ['application/json', JSON.stringify(errorBody(failure))]
    : ['text/plain', `${failure.message} ${failure.hint ?? ''}\n`];
  const head = `HTTP/1.1 ${status}\r\ncontent-type: ${type}; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body);
  setTimeout(() => socket.destroy(), partingMs).unref();
}

function failureOf(code: string | undefined): {readonly status: string; readonly failure: ApiFailure} {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return {
      status: '431 Request Header Fields Too Large',
      failure: new ApiFailure('address_long', {kibibytes: maxHeaderBytes / 1024}),
    };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return {
      status: '408 Request Timeout',
      failure: new ApiFailure('request_slow', {}),
    };
  }
  return {status: '400 Bad Request', failure: new ApiFailure('request_unreadable', {})};
}
