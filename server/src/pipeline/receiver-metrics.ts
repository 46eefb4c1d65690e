/** A receiver's requests, counted by the Collector's name (receiverhelper); `reason` is Weft's own addition. */
import type {Signal} from '../model/index.ts';
import type {ErrorStatus} from '../net/index.ts';
import type {Settings} from './component.ts';

/** The Collector's noun for the items of a signal in the names of its metrics. */
export const itemNoun: Readonly<Record<Signal, string>> = {
  traces: 'spans',
  logs: 'log_records',
  metrics: 'metric_points',
};

export interface ReceiverMetrics {
  /** A request came to its end; `status` where it was not a success. */
  request(status?: ErrorStatus): void;
  /** A connection spoke another protocol. */
  foreign(): void;
}

export function createReceiverMetrics(settings: Settings, transport: string): ReceiverMetrics {
  const {meter} = settings;
  const labels = {receiver: settings.id, transport};
  const requests = meter.counter('otelcol_receiver_requests', 'The number of requests performed.');
  const succeeded = requests.with({...labels, outcome: 'success'});
  return {
    request(status) {
      if (status === undefined) return succeeded.add(1);
      const outcome = status.retryAfterMs === undefined ? 'failure' : 'refused';
      requests.with({...labels, outcome, reason: status.reason}).add(1);
    },
    foreign() {
      requests.with({...labels, outcome: 'failure', reason: 'other_protocol'}).add(1);
      settings.log.warn(
        {receiver: settings.id, transport},
        transport === 'grpc'
          ? 'something speaks HTTP/1.1 or TLS to the gRPC port: each protocol is received on a port of its own'
          : 'something speaks gRPC or TLS to the HTTP port: each protocol is received on a port of its own',
      );
    },
  };
}
