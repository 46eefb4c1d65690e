/** `service.telemetry`: of the Collector's many settings, those that mean something here. */
import {emptyMap, type MapNode, type Report} from './node.ts';
import {always, ignored, object, oneOf, optional} from './schema.ts';

export const telemetrySection = object({
  logs: always(
    object({
      level: optional(
        oneOf('debug', 'info', 'warn', 'error', 'DEBUG', 'INFO', 'WARN', 'ERROR'),
        "Weft's own log level.",
      ),
      development: ignored('there is one format of logs'),
      encoding: ignored('logs are JSON lines'),
      disable_caller: ignored('logs name no caller'),
      disable_stacktrace: ignored('stacks are logged with errors only'),
      sampling: ignored('logs are not sampled'),
      output_paths: ignored('logs go to standard error'),
      error_output_paths: ignored('logs go to standard error'),
      initial_fields: ignored('logs have fixed fields'),
      processors: ignored("Weft's own logs are not exported yet"),
    }),
    "Weft's own logs.",
  ),
  metrics: ignored("Weft's own metrics are served at /metrics of its HTTP address"),
  traces: ignored('Weft does not trace itself yet'),
  resource: ignored('Weft does not export its own telemetry yet'),
});
export type TelemetryConfig = ReturnType<typeof telemetrySection.read>;

export const readTelemetry = (service: MapNode, report: Report): TelemetryConfig =>
  telemetrySection.read(service.entries.get('telemetry')?.value ?? emptyMap(service.at), report);
