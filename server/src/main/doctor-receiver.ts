/** Why a receiver did not take the doctor's span: what the answer, or its absence, says and what to do. */

import type {PipelineResponse} from '../api/index.ts';
import {nodeTls} from '../base/index.ts';
import {whyNotFound} from './doctor-pipelines.ts';

export interface ReceiverFinding {
  readonly kind: 'note' | 'bad';
  readonly text: string;
  readonly fix: string;
}

/** Of a receiver that answered with another status than 200. */
export function whyRefused(
  address: string,
  {status, text}: {readonly status: number; readonly text: string},
  view: PipelineResponse | undefined,
): ReceiverFinding {
  if (status === 401 || status === 403) {
    return {
      kind: 'note',
      text: `the receiver at ${address} asks for credentials, which the doctor has not (${status}): its way to the store was not tried`,
      fix: 'Applications need them: OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20…", as the receiver’s `auth` says.',
    };
  }
  if (status === 404) {
    const why = view === undefined ? undefined : whyNotFound(view, address);
    return {
      kind: 'bad',
      text: `the receiver at ${address} takes no spans at /v1/traces${why === undefined ? '' : `: ${why.text}`}`,
      fix:
        why?.fix ??
        'Its `traces_url_path` is another: applications need the same in OTEL_EXPORTER_OTLP_TRACES_ENDPOINT.',
    };
  }
  return {
    kind: 'bad',
    text: `the receiver at ${address} refused a span: ${status} ${text}`,
    fix: 'The answer says why; a 429 or 503 means it is overloaded or the store is away.',
  };
}

/** Of one that gave no answer to HTTP in plain text. */
export async function whySilent(address: string, error: string): Promise<ReceiverFinding> {
  if (await speaksTls(address)) {
    return {
      kind: 'note',
      text: `the receiver at ${address} speaks TLS, which the doctor does not try`,
      fix: 'Applications need https:// in OTEL_EXPORTER_OTLP_ENDPOINT, and to trust its certificate (OTEL_EXPORTER_OTLP_CERTIFICATE).',
    };
  }
  return {
    kind: 'bad',
    text: `no OTLP/HTTP receiver answers at ${address} (${error})`,
    fix: 'Applications cannot reach it either. Check receivers.otlp.protocols.http.endpoint, or name the address with --otlp.',
  };
}

/** Whether a TLS server answers, whatever it asks of the other side. */
function speaksTls(address: string): Promise<boolean> {
  const {hostname, port} = new URL(`http://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = nodeTls.connect({host, port: Number(port || 80), rejectUnauthorized: false, timeout: 2_000});
    const done = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', done(true)).once('error', done(false)).once('timeout', done(false));
  });
}
