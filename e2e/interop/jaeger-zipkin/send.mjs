// Sends one trace each by Jaeger's and Zipkin's clients for JavaScript: node send.mjs ENDPOINTS, as endpoints.json has them.
import {createRequire} from 'node:module';
import {SpanKind, SpanStatusCode} from '@opentelemetry/api';
import {ZipkinExporter} from '@opentelemetry/exporter-zipkin';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {SimpleSpanProcessor, TracerProvider} from '@opentelemetry/sdk-trace';

const require = createRequire(import.meta.url);
const {initTracer, opentracing} = require('jaeger-client');
const {BatchRecorder, ExplicitContext, Instrumentation, jsonEncoder, option, Tracer} = require('zipkin');
const {HttpLogger} = require('zipkin-transport-http');

const endpoints = JSON.parse(process.argv[2]);
const portOf = (name) => Number(endpoints[name].split(':').at(-1));

async function jaeger(service, reporter) {
  const options = {
    traceId128bit: true,
    tags: {version: '1.2.3'},
    logger: {info() {}, error: (text) => console.error(text)},
  };
  const tracer = initTracer(
    {serviceName: service, sampler: {type: 'const', param: 1}, reporter: {...reporter, flushIntervalMs: 10}},
    options,
  );
  const {Tags} = opentracing;
  const root = tracer.startSpan('GET /coins', {
    tags: {[Tags.SPAN_KIND]: Tags.SPAN_KIND_RPC_SERVER, 'http.status_code': 500},
  });
  root.setTag(Tags.ERROR, true);
  root.setTag('ratio', 1.5);
  root.log({event: 'retry', attempt: 2});
  const child = tracer.startSpan('query', {childOf: root, references: [opentracing.followsFrom(root.context())]});
  child.setTag(Tags.SPAN_KIND, Tags.SPAN_KIND_RPC_CLIENT);
  child.finish();
  root.finish();
  await new Promise((resolve) => tracer.close(resolve));
}

async function zipkin(service) {
  const logger = new HttpLogger({
    endpoint: `http://${endpoints.zipkin_http}/api/v2/spans`,
    jsonEncoder: jsonEncoder.JSON_V2,
    httpInterval: 10,
  });
  const sent = new Promise((resolve, reject) => {
    logger.on('success', resolve);
    logger.on('error', reject);
  });
  const recorder = new BatchRecorder({logger, timeout: 10_000_000});
  const tracer = new Tracer({ctxImpl: new ExplicitContext(), recorder, localServiceName: service, traceId128Bit: true});
  const server = new Instrumentation.HttpServer({tracer, port: 8080});
  const id = server.recordRequest('GET', 'http://localhost:8080/coins', () => option.None);
  tracer.scoped(() => {
    tracer.setId(id);
    tracer.recordBinary('shelf', 'top');
    tracer.recordMessage('cart loaded');
    server.recordResponse(id, 503);
  });
  await sent;
}

async function openTelemetry(service) {
  const exporter = new ZipkinExporter({url: `http://${endpoints.zipkin_http}/api/v2/spans`, serviceName: service});
  const provider = new TracerProvider({
    resource: resourceFromAttributes({'service.name': service}),
    spanProcessors: [new SimpleSpanProcessor({exporter})],
  });
  const span = provider
    .getTracer('checkout', '1.0')
    .startSpan('pay', {kind: SpanKind.CLIENT, attributes: {amount: 12, 'peer.service': 'bank'}});
  span.addEvent('declined');
  span.setStatus({code: SpanStatusCode.ERROR, message: 'no money'});
  span.end();
  await provider.forceFlush();
  await provider.shutdown();
}

// Zipkin's client does not keep the process alive while it sends.
setInterval(() => {}, 1000);
await jaeger('js-jaeger-udp', {agentHost: '127.0.0.1', agentPort: portOf('jaeger_thrift_binary')});
await jaeger('js-jaeger-http', {collectorEndpoint: `http://${endpoints.jaeger_thrift_http}/api/traces`});
await zipkin('js-zipkin');
await openTelemetry('js-opentelemetry');
process.exit(0);
