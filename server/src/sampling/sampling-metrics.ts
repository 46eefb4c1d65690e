import type {Meter} from '../base/index.ts';
import type {Sampling} from './sampling.ts';
import type {TenantSampling} from './tenant-sampling.ts';
import type {OperationTraffic} from './traffic.ts';

/** Registers the metrics of sampling for `/metrics`; their values are read when somebody looks. */
export function observeSampling(meter: Meter, sampling: Sampling): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    meter.gauge(name, help).with({}).observe(read);
  const each = (value: (tenant: TenantSampling) => number): number => {
    let total = 0;
    for (const tenant of sampling.all()) total += value(tenant);
    return total;
  };
  const sum = (value: (operation: OperationTraffic) => number): number => {
    let total = 0;
    for (const tenant of sampling.all()) {
      for (const service of tenant.state.traffic.all()) {
        for (const operation of service.all()) total += value(operation);
      }
    }
    return total;
  };
  gauge('weft_sampling_services', 'Services whose sampling is known.', () =>
    each(({state}) => state.traffic.services.size),
  );
  gauge('weft_sampling_operations', 'Operations whose rates are known, the rest of a service being one.', () =>
    sum(() => 1),
  );
  gauge('weft_sampling_seen_traces_per_second', 'Traces that begin, as far as spans tell their probability.', () =>
    sum(({seen}) => seen),
  );
  gauge('weft_sampling_kept_traces_per_second', 'Traces that begin and arrive.', () => sum(({kept}) => kept));
  gauge(
    'weft_sampling_budget_traces_per_second',
    'Traces per second that adaptive sampling aims at for all tenants together; 0 in other modes.',
    () => each(({state}) => (state.mode === 'adaptive' ? state.adaptive.budget : 0)),
  );
  gauge('weft_sampling_overrides', 'Log levels and probabilities that people have set for a time.', () =>
    each((tenant) => tenant.overrides().length),
  );
}
