/** What another thread may ask of sampling: fits the API's `SamplingControl`. */
import type {Override, What} from './overrides.ts';
import type {Sampling, SamplingChange} from './sampling.ts';
import {overrideView, viewSampling} from './view.ts';

export const samplingControl = (sampling: Sampling) => ({
  /** Of one service, with all of its operations, where it is named. */
  sampling: async (service?: string) => viewSampling(sampling, service),
  changeSampling: async (change: SamplingChange | undefined) => sampling.change(change),
  overrides: async () => sampling.overrides().map(overrideView),
  setOverride: async (override: Omit<Override, 'setAt'>) => sampling.setOverride(override),
  clearOverride: async (service: string, what: What) => sampling.clearOverride(service, what),
  async instrumentSettings(service: string) {
    const {logLevel, sampling: rate} = sampling.overridesFor(service);
    const until = (millis: number): string => new Date(millis).toISOString();
    return {
      ...(logLevel && {logLevel: {value: String(logLevel.value), until: until(logLevel.until)}}),
      ...(rate && {sampling: {probability: Number(rate.value), until: until(rate.until)}}),
    };
  },
});
