/** Commands that send a first span, for the addresses that this Weft really listens on. */
import {reachable} from '../../urls/index.ts';

export interface Snippet {
  readonly id: string;
  readonly name: string;
  readonly code: string;
}

/** `endpoints` as in `GET /status`; `host` stands in where Weft listens on every address. */
export function snippets(endpoints: Readonly<Record<string, string>>, host: string): Snippet[] {
  const http = `http://${reachable(endpoints.otlp_http ?? '127.0.0.1:4318', host)}`;
  const settings = `export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT=${http}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;
  return [
    {
      id: 'node',
      name: 'Node.js',
      code: `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
${settings}
node --require @opentelemetry/auto-instrumentations-node/register app.js`,
    },
    {
      id: 'python',
      name: 'Python',
      code: `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap -a install
${settings}
opentelemetry-instrument python app.py`,
    },
    {
      id: 'go',
      name: 'Go',
      code: `// ${settings.replaceAll('\n', '\n// ')}
exporter, err := otlptracehttp.New(ctx) // go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp
if err != nil {
	log.Fatal(err)
}
provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter)) // go.opentelemetry.io/otel/sdk/trace
defer provider.Shutdown(ctx)
otel.SetTracerProvider(provider)

_, span := otel.Tracer("first").Start(ctx, "hello")
span.End()`,
    },
    {
      id: 'java',
      name: 'Java',
      code: `curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar
${settings}
java -javaagent:opentelemetry-javaagent.jar -jar app.jar`,
    },
    {
      id: 'dotnet',
      name: '.NET',
      code: `curl -sSfLO https://github.com/open-telemetry/opentelemetry-dotnet-instrumentation/releases/latest/download/otel-dotnet-auto-install.sh
sh ./otel-dotnet-auto-install.sh # verifies what it installs by the GitHub CLI, gh
. "$HOME/.otel-dotnet-auto/instrument.sh"
${settings}
dotnet run`,
    },
    {
      id: 'rust',
      name: 'Rust',
      code: `// cargo add opentelemetry opentelemetry_sdk opentelemetry-otlp
// ${settings.replaceAll('\n', '\n// ')}
use opentelemetry::{global, trace::Tracer};

let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder()
    .with_batch_exporter(exporter)
    .build();
global::set_tracer_provider(provider.clone());

global::tracer("first").in_span("hello", |_| {});
provider.shutdown()?;`,
    },
    {
      id: 'collector',
      name: 'Collector',
      code: `exporters:
  otlphttp/weft:
    endpoint: ${http}

service:
  pipelines:
    traces:
      receivers: [otlp] # as before
      exporters: [otlphttp/weft] # beside those that are there`,
    },
    {
      id: 'curl',
      name: 'curl',
      code: `hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \\n'; }
now=$(date +%s)
curl ${http}/v1/traces -H 'content-type: application/json' -d '{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my-service"}}]},
  "scopeSpans": [{"spans": [{
    "traceId": "'$(hex 16)'", "spanId": "'$(hex 8)'", "name": "hello", "kind": 2,
    "startTimeUnixNano": "'$((now - 1))000000000'", "endTimeUnixNano": "'$now'000000000"
  }]}]
}]}'`,
    },
  ];
}

/** Starts the demo shop beside this Weft, in its directory. */
export function demoCommand(endpoints: Readonly<Record<string, string>>, host: string, page: string): string {
  const otlp = reachable(endpoints.otlp_http ?? '127.0.0.1:4318', host);
  return `node_modules/.bin/node shop/src/main.ts --otlp http://${otlp} --weft ${page}`;
}
