/** The calls that another thread may make to sampling, each for one tenant: fits the API's `SamplingControl`. */
import type {TenantId} from '../base/index.ts';
import type {Override, What} from './overrides.ts';
import type {Sampling} from './sampling.ts';
import type {SamplingChange} from './sampling-config.ts';
import {overrideView, viewSampling} from './view.ts';

export const samplingControl = (sampling: Sampling) => ({
  /** Of one service, with all of its operations, where it is named. */
  sampling: async (tenant: TenantId, service?: string) => viewSampling(sampling.of(tenant), service),
  changeSampling: async (tenant: TenantId, change: SamplingChange | undefined) => sampling.of(tenant).change(change),
  overrides: async (tenant: TenantId) => sampling.of(tenant).overrides().map(overrideView),
  setOverride: async (tenant: TenantId, override: Omit<Override, 'setAt'>) => sampling.of(tenant).setOverride(override),
  clearOverride: async (tenant: TenantId, service: string, what: What) =>
    sampling.of(tenant).clearOverride(service, what),
  async instrumentSettings(tenant: TenantId, service: string) {
    const {logLevel, sampling: rate} = sampling.of(tenant).overridesFor(service);
    const until = (millis: number): string => new Date(millis).toISOString();
    return {
      ...(logLevel && {logLevel: {value: String(logLevel.value), until: until(logLevel.until)}}),
      ...(rate && {sampling: {probability: Number(rate.value), until: until(rate.until)}}),
    };
  },
});
