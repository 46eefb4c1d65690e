/** The services' sampling: as Weft says, where it is asked, unless the fault sets the head sampling far too low. */

import type {Sampler} from '@opentelemetry/sdk-trace';
import {alwaysOn, consistent, parentBased, ratio, remoteSampling} from '@weft/instrument';
import type {Control} from './control.ts';

const faultyRatio = ratio(0.01);

/** `samplingUrl` is asked for the service's sampling; without it every trace is kept. */
export function createShopSampler(control: Control, service: string, samplingUrl: string | undefined): Sampler {
  const usual =
    samplingUrl === undefined ? alwaysOn : remoteSampling({service, endpoint: samplingUrl, initial: alwaysOn});
  const rule = () => (control.share('head-sampling') > 0 ? faultyRatio : usual);
  return consistent(
    parentBased({
      decide: (span) => rule().decide(span),
      describe: () => rule().describe(),
    }),
  );
}
