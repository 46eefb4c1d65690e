import type {SetLanguage, ToldStep} from './say-set.ts';

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
const where = ({service, operation}: ToldStep): string => `${service} "${operation}"`;
const because = ({explains}: ToldStep): string =>
  explains === undefined ? '' : `, which explains ${explains} of the longer time`;
const alike = ([first = '', ...twins]: readonly string[]): string =>
  twins.length === 0 ? first : `${first} (always with ${list(twins)})`;

export const setEn: SetLanguage = {
  headline: ({traces, others, p50, otherP50, failed, otherFailed, few}) => {
    const isOne = others === '1';
    const against = others === undefined ? '' : ` against ${others} ${isOne ? 'other' : 'others'}`;
    const otherTook = isOne ? `, the other ${otherP50}` : `, half of the others more than ${otherP50}`;
    const otherFails = isOne
      ? `, the other ${otherFailed === '0 %' ? 'did not fail' : 'failed'}`
      : `, of the others ${otherFailed}`;
    const [took, fails] =
      few === undefined
        ? [`half of them take more than ${p50}`, `${failed} failed`]
        : few.took.length === 1
          ? [`it took ${few.took[0]}`, few.failed === 1 ? 'it failed' : 'it did not fail']
          : [`they took ${list(few.took)}`, `${['neither', 'one', 'both'][few.failed]} failed`];
    const [thanTook, thanFails] = others === undefined ? ['', ''] : [otherTook, otherFails];
    return `${traces} ${traces === '1' ? 'trace' : 'traces'}${against}: ${took}${thanTook}; ${fails}${thanFails}.`;
  },
  sampled: (traces, others) =>
    `A sample of ${traces} of them${others === undefined ? '' : ` and ${others} of the others`} was looked at.`,
  finding: ({traces, of, share, otherShare, sentence}) =>
    of === 1
      ? `In this trace${otherShare === undefined ? '' : ` (of the others in ${otherShare})`}: ${sentence}`
      : `In ${traces} of ${of} (${share}${otherShare === undefined ? '' : `; of the others ${otherShare}`}): ${sentence}`,
  period: ({period, times}) => `It comes back about every ${period} (seen ${times} times).`,
  more: ({names, share, otherShare}) =>
    `They share ${alike(names)}: ${share} of them have it, of the others ${otherShare}.`,
  less: ({names, share, otherShare}) =>
    `They mostly lack ${alike(names)}: ${share} of them have it, of the others ${otherShare}.`,
  steps: {
    slower: (s) => `${s.share} of them spend ${s.nanos} instead of ${s.usual} in ${where(s)}${because(s)}.`,
    more_calls: (s) => `They call ${where(s)} ${s.calls} times instead of ${s.usualCalls}${because(s)}.`,
    failing: (s) => `${where(s)} failed in ${s.share} of them, and in ${s.otherShare} of the others.`,
    only: (s) =>
      `${where(s)} is in ${s.share} of them (${s.nanos}), and in ${s.otherShare} of the others${because(s)}.`,
    missing: (s) => `${where(s)} is in ${s.share} of them, and in ${s.otherShare} of the others.`,
  },
  names: {
    service: (service) => `service ${service}`,
    operation: (service, operation) => `${service} "${operation}"`,
    failed: (service, operation) => `${service} "${operation}" failed`,
    root: (service, operation) => `first span ${service} "${operation}"`,
    has: (key) => `a value of ${key}`,
    duration: 'duration',
    spans: 'spans',
  },
  disproveFeature: (name) => `traces with ${name} that are well`,
  check: (text) => `It would be disproved by ${text}.`,
  nothing: 'Nothing sets them apart from the others.',
  none: 'No trace is in the selection.',
  noBaseline: 'There are no others to compare them with.',
  join: ' ',
};
