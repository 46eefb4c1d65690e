import type {Meter} from '../base/index.ts';
import type {Sampling} from './sampling.ts';
import type {OperationTraffic} from './traffic.ts';

/** What `/metrics` says of sampling; read when somebody looks. */
export function observeSampling(meter: Meter, sampling: Sampling): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    meter.gauge(name, help).with({}).observe(read);
  const sum = (value: (operation: OperationTraffic) => number): number => {
    let total = 0;
    for (const service of sampling.state.traffic.all()) {
      for (const operation of service.all()) total += value(operation);
    }
    return total;
  };
  gauge('weft_sampling_services', 'Services whose sampling is known.', () => sampling.state.traffic.services.size);
  gauge('weft_sampling_operations', 'Operations whose rates are known, the rest of a service being one.', () =>
    sum(() => 1),
  );
  gauge('weft_sampling_seen_traces_per_second', 'Traces that begin, as far as spans tell their probability.', () =>
    sum(({seen}) => seen),
  );
  gauge('weft_sampling_kept_traces_per_second', 'Traces that begin and arrive.', () => sum(({kept}) => kept));
  gauge('weft_sampling_budget_traces_per_second', 'What adaptive sampling aims at; 0 in other modes.', () =>
    sampling.state.mode === 'adaptive' ? sampling.state.adaptive.budget : 0,
  );
  gauge(
    'weft_sampling_overrides',
    'Log levels and probabilities that people have set for a time.',
    () => sampling.overrides().length,
  );
}
