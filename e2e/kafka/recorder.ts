/** An OTLP/HTTP server that remembers the names of spans, in the order in which they came and with who sent them. */
import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface Recorder extends AsyncDisposable {
  /** For `otlphttp` with `encoding: json`. */
  readonly endpoint: string;
  /** `member` is what the header `x-member` said. */
  readonly spans: readonly {readonly name: string; readonly member: string}[];
}

interface Export {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly {readonly spans: readonly {readonly name: string}[]}[];
  }[];
}

export async function startRecorder(): Promise<Recorder> {
  const spans: {name: string; member: string}[] = [];
  const server = createServer(async (request, response) => {
    const {resourceSpans = []} = JSON.parse(await bodyOf(request)) as Export;
    const member = String(request.headers['x-member'] ?? '');
    for (const {scopeSpans} of resourceSpans) {
      for (const scope of scopeSpans) for (const {name} of scope.spans) spans.push({name, member});
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}
