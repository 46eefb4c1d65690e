/** The services' sampling: every trace is kept, unless the fault sets the head sampling far too low. */

import type {Sampler} from '@opentelemetry/sdk-trace';
import {alwaysOn, consistent, parentBased, ratio} from '@weft/instrument';
import type {Control} from './control.ts';

const faultyRatio = ratio(0.01);

export function createShopSampler(control: Control): Sampler {
  const rule = () => (control.share('head-sampling') > 0 ? faultyRatio : alwaysOn);
  return consistent(
    parentBased({
      decide: (span) => rule().decide(span),
      describe: () => rule().describe(),
    }),
  );
}
