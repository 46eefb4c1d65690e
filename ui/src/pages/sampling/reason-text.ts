import type {SamplingReason} from '../../api/index.ts';
import {type Format, nanosToMs} from '../../format/index.ts';
import {everyService} from './changes.ts';
import type {SamplingText} from './text/index.ts';

/** Why a probability is what it is, in the reader's language. */
export function reasonText(reason: SamplingReason, text: SamplingText, format: Format): string {
  const why = text.sampling.reason;
  switch (reason.kind) {
    case 'whole':
    case 'new':
    case 'fixed':
    case 'file':
      return why[reason.kind];
    case 'held':
      return why.held(format.rate(reason.share), format.rate(reason.seenRate));
    case 'rate_limit':
      return why.rateLimit(format.rate(reason.perSecond));
    case 'override': {
      const until = format.time(nanosToMs(reason.untilUnixNano));
      return reason.service === everyService ? why.overrideAll(until) : why.override(until);
    }
  }
}
