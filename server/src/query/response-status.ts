/**
 * The status that a request was answered with, by HTTP or gRPC. It is an attribute, apart from a span's own status: an instrumentation
 * may leave that unset over a 503. One table of its names and of what its codes mean.
 */

export const responseProtocols = ['http', 'grpc'] as const;
export type ResponseProtocol = (typeof responseProtocols)[number];

/** `bad`: the server failed; `refused`: it says that the client did. */
export type ResponseVerdict = 'good' | 'refused' | 'bad';

export interface ResponseStatus {
  readonly protocol: ResponseProtocol;
  /** As it was sent: `503`, `14`, `UNAVAILABLE`. */
  readonly code: string;
  /** The attribute. */
  readonly key: string;
  readonly verdict: ResponseVerdict;
}

/** The names of OpenTelemetry's conventions, the older ones after those in force. */
const keys = {
  http: ['http.response.status_code', 'http.status_code'],
  grpc: ['rpc.response.status_code', 'rpc.grpc.status_code'],
} as const satisfies Readonly<Record<ResponseProtocol, readonly string[]>>;
export const responseStatusKeys = responseProtocols.flatMap((protocol) => keys[protocol] as readonly string[]);

/** Of a span whose attributes have these texts: '' or undefined where it has none. */
export function responseStatus(textOf: (key: string) => string | undefined): ResponseStatus | undefined {
  for (const protocol of responseProtocols) {
    for (const key of keys[protocol]) {
      const code = textOf(key);
      if (code) return {protocol, code, key, verdict: verdicts[protocol](code)};
    }
  }
  return undefined;
}

/** Of a server, by OpenTelemetry's conventions for gRPC: these are its own failures, all others but OK are the client's. */
const serverFailures = new Set(
  ['2 UNKNOWN', '4 DEADLINE_EXCEEDED', '12 UNIMPLEMENTED', '13 INTERNAL', '14 UNAVAILABLE', '15 DATA_LOSS'].flatMap(
    (code) => code.split(' '),
  ),
);
const verdicts: Readonly<Record<ResponseProtocol, (code: string) => ResponseVerdict>> = {
  http: (code) => (Number(code) >= 500 ? 'bad' : Number(code) >= 400 ? 'refused' : 'good'),
  grpc: (code) => (code === '0' || code === 'OK' ? 'good' : serverFailures.has(code) ? 'bad' : 'refused'),
};
