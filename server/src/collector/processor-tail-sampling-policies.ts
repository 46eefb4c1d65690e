/** The section `policies` of the tail sampler: each policy's type names the section that configures it. */

import {errorMessage} from '../base/index.ts';
import {
  bool,
  type ConfigNode,
  type ConfigType,
  type Fields,
  integer,
  list,
  type MapNode,
  number,
  object,
  oneOf,
  optional,
  type Report,
  required,
  text,
  withDefault,
} from '../config/index.ts';
import type {Condition} from '../ottl/index.ts';
import {compilePattern, noPattern, type Pattern} from '../regexp/index.ts';
import {
  adaptive,
  alwaysSample,
  and,
  booleanAttribute,
  bytesLimiting,
  type CompositePart,
  composite,
  defaultHashSalt,
  drop,
  latency,
  type NamedPolicy,
  not,
  numericAttribute,
  type Policy,
  probabilisticPolicy,
  rateLimiting,
  type SpanTest,
  spanConditions,
  spanCount,
  statusCode,
  stringAttribute,
  type TailWatch,
  traceFlags,
  traceState,
} from '../tail/index.ts';
import {type ErrorMode, errorMode, ottlCondition} from './ottl-config.ts';

/** Makes the policy anew for each processor, since it may hold state. `name` is its own among all, its parents' before it. */
type MakePolicy = (name: string, watch: TailWatch) => Policy;
export interface PolicyConfig {
  readonly name: string;
  readonly type: string;
  /** What it says of a trace depends on other traces, or on spans that are not there yet. */
  readonly isStateful: boolean;
  readonly make: MakePolicy;
}

/** A type of policy: its section, and what is made of it. */
interface PolicyType<C = unknown> {
  readonly help: string;
  readonly section?: ConfigType<C>;
  readonly make: (config: C) => MakePolicy;
  readonly isStateful?: (config: C) => boolean;
  /** Stands at the top only. */
  readonly isOutermost?: boolean;
}
const define = <C>(type: PolicyType<C>): PolicyType => type as PolicyType;

const invert = withDefault(
  bool,
  false,
  'false',
  'Match what does not match. At the top, a trace that it does not match is not kept, whatever other policies say but `drop`.',
);
const whole = integer();

const codes: Readonly<Record<string, number>> = {UNSET: 0, OK: 1, ERROR: 2};

const simple: Readonly<Record<string, PolicyType>> = {
  always_sample: {help: 'Every trace.', make: () => () => alwaysSample()},
  latency: define({
    help: 'From the first start to the last end of its spans a trace takes longer than this.',
    section: object({
      threshold_ms: withDefault(whole, 0, '0', 'Longer than this, in milliseconds.'),
      upper_threshold_ms: withDefault(whole, 0, '0', 'No longer than this; 0: without an upper bound.'),
    }),
    isStateful: ({upper_threshold_ms}) => upper_threshold_ms > 0,
    make: (config) => () => latency(config.threshold_ms, config.upper_threshold_ms),
  }),
  numeric_attribute: define({
    help: 'A span or resource has the attribute with a number in a range.',
    section: object(
      {
        key: required(text, 'The attribute.'),
        min_value: optional(number(), 'The least value; without it there is none.'),
        max_value: optional(number(), 'The greatest value; without it there is none.'),
        invert_match: invert,
      },
      ({min_value, max_value}, node, report) => {
        if (min_value === undefined && max_value === undefined) {
          report.fault(node.at, 'set `min_value`, `max_value` or both');
        } else if ((min_value ?? Number.NEGATIVE_INFINITY) > (max_value ?? Number.POSITIVE_INFINITY)) {
          report.fault(node.at, '`min_value` must not be greater than `max_value`');
        }
      },
    ),
    make:
      ({key, min_value, max_value, invert_match}) =>
      () =>
        numericAttribute({
          key,
          min: min_value ?? Number.NEGATIVE_INFINITY,
          max: max_value ?? Number.POSITIVE_INFINITY,
          inverted: invert_match,
        }),
  }),
  probabilistic: define({
    help: 'A share of traces, by their id.',
    section: object({
      sampling_percentage: withDefault(number(), 0, '0', 'The share in percent.'),
      hash_salt: withDefault(
        text,
        '',
        defaultHashSalt,
        'Collectors of one layer need the same, collectors of several layers different ones.',
      ),
    }),
    make:
      ({sampling_percentage, hash_salt}) =>
      () =>
        probabilisticPolicy(sampling_percentage, hash_salt === '' ? defaultHashSalt : hash_salt),
  }),
  status_code: define({
    help: 'A span has one of these statuses.',
    section: object(
      {status_codes: required(list(oneOf('OK', 'ERROR', 'UNSET')), 'The statuses.')},
      (values, node, report) => {
        if (values.status_codes.length === 0) report.fault(node.at, '`status_codes` must name one at least');
      },
    ),
    make:
      ({status_codes}) =>
      () =>
        statusCode(status_codes.map((each) => codes[each] as number)),
  }),
  string_attribute: define({
    help: 'A span or resource has the attribute with one of these texts.',
    section: stringSection(),
    make:
      ({key, values, patterns, cache_max_size, invert_match}) =>
      () =>
        stringAttribute({
          key,
          values,
          ...(patterns !== undefined && {patterns}),
          cacheSize: cache_max_size > 0 ? cache_max_size : 128,
          inverted: invert_match,
        }),
  }),
  rate_limiting: define({
    help: 'Traces up to a number of spans a second.',
    section: object({
      spans_per_second: required(integer(1), 'Spans a second, over time.'),
      burst_capacity: withDefault(
        whole,
        0,
        'twice spans_per_second',
        'Spans that may pass at once. A trace of more spans never passes.',
      ),
    }),
    isStateful: () => true,
    make:
      ({spans_per_second, burst_capacity}) =>
      (name) =>
        rateLimiting(name, spans_per_second, burst_capacity > 0 ? burst_capacity : 2 * spans_per_second),
  }),
  bytes_limiting: define({
    help: 'Traces up to a number of bytes a second, as OTLP has them.',
    section: object({
      bytes_per_second: required(integer(1), 'Bytes a second, over time.'),
      burst_capacity: withDefault(
        whole,
        0,
        'twice bytes_per_second',
        'Bytes that may pass at once. A larger trace never passes.',
      ),
    }),
    isStateful: () => true,
    make:
      ({bytes_per_second, burst_capacity}) =>
      (name) =>
        bytesLimiting(name, bytes_per_second, burst_capacity > 0 ? burst_capacity : 2 * bytes_per_second),
  }),
  span_count: define({
    help: 'The trace has so many spans.',
    section: object({
      min_spans: withDefault(whole, 0, '0', 'At least.'),
      max_spans: withDefault(whole, 0, '0', 'At most; 0: without an upper bound.'),
    }),
    isStateful: ({max_spans}) => max_spans > 0,
    make:
      ({min_spans, max_spans}) =>
      () =>
        spanCount(min_spans, max_spans),
  }),
  trace_state: define({
    help: "A span's tracestate has the member with one of these values.",
    section: object({
      key: required(text, 'The member.'),
      values: required(list(text), 'The values.'),
    }),
    make:
      ({key, values}) =>
      () =>
        traceState(key, values),
  }),
  trace_flags: {help: 'A span has the flag `sampled` of W3C Trace Context.', make: () => () => traceFlags()},
  boolean_attribute: define({
    help: 'A span or resource has the attribute with this truth value.',
    section: object({
      key: required(text, 'The attribute.'),
      value: withDefault(bool, false, 'false', 'The value.'),
      invert_match: invert,
    }),
    make:
      ({key, value, invert_match}) =>
      () =>
        booleanAttribute({key, value, inverted: invert_match}),
  }),
  ottl_condition: define({
    help: 'A span, or an event of a span, fulfils one of these conditions of OTTL.',
    section: object(
      {
        error_mode: withDefault(
          errorMode,
          'propagate',
          'propagate',
          'What becomes of a condition that cannot be evaluated: with `propagate` the policy says nothing, else it does not hold.',
        ),
        span: withDefault(list(ottlCondition('span')), [], '[]', 'Conditions on spans.'),
        spanevent: withDefault(list(ottlCondition('spanevent')), [], '[]', 'Conditions on events of spans.'),
      },
      ({span, spanevent}, node, report) => {
        if (span.length + spanevent.length === 0)
          report.fault(node.at, 'expected a condition in `span` or `spanevent`');
      },
    ),
    make: (config) => (_, watch) => {
      const tests = (conditions: readonly Condition[]) =>
        conditions.map((condition) => tested(condition, config.error_mode, watch));
      return spanConditions({spans: tests(config.span), events: tests(config.spanevent)});
    },
  }),
  adaptive: define({
    help: "Weft's own: a total of traces a second, shared out so that rare operations stay visible.",
    section: object({
      traces_per_second: required(
        number((value) => value > 0, 'a number above 0'),
        'Traces a second of all operations together.',
      ),
      max_operations: withDefault(
        integer(1),
        2000,
        '2000',
        'Operations (service and name of the root span, by tenant) that are told apart. Further ones count as one.',
      ),
    }),
    isStateful: () => true,
    make:
      ({traces_per_second, max_operations}) =>
      (_, watch) =>
        adaptive({
          tracesPerSecond: traces_per_second,
          maxOperations: max_operations,
          onFolded: () => watch.folded.add(1),
        }),
  }),
};

function tested(condition: Condition, mode: ErrorMode, watch: TailWatch): SpanTest {
  if (mode === 'propagate') return (batch, row, parent) => condition.test(batch, row, parent);
  return (batch, row, parent) => {
    try {
      return condition.test(batch, row, parent);
    } catch (error) {
      if (mode === 'ignore') watch.note(errorMessage(error));
      return false;
    }
  };
}

/** Texts, or patterns with `enabled_regex_matching`: whether they are is known when the whole section is. */
function stringSection() {
  const fields = {
    key: required(text, 'The attribute.'),
    values: required(list(text), 'The texts, or regular expressions that are found anywhere in a text.'),
    enabled_regex_matching: withDefault(bool, false, 'false', '`values` are regular expressions of Go.'),
    cache_max_size: withDefault(whole, 0, '128', 'How many texts the answers of the expressions are remembered of.'),
    invert_match: invert,
  };
  const plain = object(fields);
  type Plain = ReturnType<typeof plain.read>;
  const section: ConfigType<Plain & {readonly patterns: readonly Pattern[] | undefined}> = {
    ...plain,
    read(node, report) {
      const values = plain.read(node, report);
      if (values.enabled_regex_matching !== true) return {...values, patterns: undefined};
      const written = node.kind === 'map' ? node.entries.get('values')?.value : undefined;
      const patterns = (values.values ?? []).map((value, index) => {
        const compiled = compilePattern(value);
        if (typeof compiled !== 'string') return compiled;
        const at = written?.kind === 'list' ? written.items[index]?.at : undefined;
        report.fault(at ?? node.at, `${compiled}, in "${value}"`);
        return noPattern;
      });
      return {...values, patterns};
    },
  };
  return section;
}

const subPolicies = (key: string, what: string): Fields => ({
  [key]: required(list({label: 'policy', read: (node, report) => readPolicy(node, report, false)}), what),
});

const compositeFields = {
  max_total_spans_per_second: required(integer(1), 'Spans a second of all its policies together.'),
  policy_order: withDefault(list(text), [], 'as they are listed', 'In which order its policies are asked, by name.'),
  composite_sub_policy: required(
    list<PolicyConfig>({label: 'policy', read: (node, report) => readPolicy(node, report, false)}),
    'Its policies. The first that matches decides, as long as its allowance lasts.',
  ),
  rate_allocation: withDefault(
    list(
      object({
        policy: required(text, 'One of its policies.'),
        percent: withDefault(integer(0, 100), 0, '0', 'Its allowance, in percent of the total; 0: an equal share.'),
      }),
    ),
    [],
    '[]',
    'Allowances. Policies without one share what the others leave.',
  ),
};

/** Types that are made of other policies. */
const combined: Readonly<Record<string, PolicyType>> = {
  and: define({
    help: 'All of its policies match.',
    section: object(subPolicies('and_sub_policy', 'The policies.')) as ConfigType<{and_sub_policy: PolicyConfig[]}>,
    isStateful: ({and_sub_policy: parts}) => parts.some(({isStateful}) => isStateful),
    make: (config) => (name, watch) => and(makeAll(config.and_sub_policy, name, watch)),
  }),
  not: define({
    help: 'Its policy does not match.',
    section: object({
      not_sub_policy: required<PolicyConfig>(
        {label: 'policy', read: (node, report) => readPolicy(node, report, false)},
        'The policy.',
      ),
    }),
    isStateful: ({not_sub_policy}) => not_sub_policy.isStateful,
    make: (config) => (name, watch) => not(config.not_sub_policy.make(`${name}/${config.not_sub_policy.name}`, watch)),
  }),
  drop: define({
    help: 'The trace is not kept, whatever others say, where all of its policies match.',
    isOutermost: true,
    section: object(subPolicies('drop_sub_policy', 'The policies.')) as ConfigType<{drop_sub_policy: PolicyConfig[]}>,
    isStateful: ({drop_sub_policy: parts}) => parts.some(({isStateful}) => isStateful),
    make: (config) => (name, watch) => drop(makeAll(config.drop_sub_policy, name, watch)),
  }),
  composite: define({
    help: 'The first of its policies that matches decides, each within an allowance of spans a second.',
    isOutermost: true,
    section: object(compositeFields, (values, node, report) => checkComposite(values, node, report)),
    isStateful: ({composite_sub_policy: parts}) => parts.some(({isStateful}) => isStateful),
    make: (config) => (name, watch) =>
      composite(name, compositeParts(config, name, watch), config.max_total_spans_per_second),
  }),
};

const types: Readonly<Record<string, PolicyType>> = {...simple, ...combined};

const makeAll = (policies: readonly PolicyConfig[], name: string, watch: TailWatch): Policy[] =>
  policies.map((policy) => policy.make(`${name}/${policy.name}`, watch));

interface CompositeConfig {
  readonly max_total_spans_per_second: number;
  readonly policy_order: readonly string[];
  readonly composite_sub_policy: readonly PolicyConfig[];
  readonly rate_allocation: readonly {readonly policy: string; readonly percent: number}[];
}

function checkComposite(config: CompositeConfig, node: MapNode, report: Report): void {
  const names = new Set(config.composite_sub_policy.map(({name}) => name));
  const named = [...config.policy_order, ...config.rate_allocation.map(({policy}) => policy)];
  for (const name of new Set(named)) {
    if (!names.has(name)) report.fault(node.at, `\`${name}\` is none of its policies`);
  }
  const percent = config.rate_allocation.reduce((sum, each) => sum + each.percent, 0);
  if (percent > 100) report.fault(node.at, `\`rate_allocation\` gives ${percent} percent away`);
}

function compositeParts(config: CompositeConfig, name: string, watch: TailWatch): CompositePart[] {
  const {max_total_spans_per_second: total, composite_sub_policy: subs, rate_allocation} = config;
  const equal = total / subs.length;
  const allowances = new Map(
    rate_allocation.map(({policy, percent}) => [policy, percent > 0 ? (percent / 100) * total : equal]),
  );
  const given = [...allowances.values()].reduce((sum, each) => sum + each, 0);
  const others = subs.filter((sub) => !allowances.has(sub.name)).length;
  const left = Math.max(0, total - given) / others;
  const place = (sub: PolicyConfig): number => {
    const at = config.policy_order.indexOf(sub.name);
    return at < 0 ? config.policy_order.length : at;
  };
  return subs
    .toSorted((a, b) => place(a) - place(b))
    .map((sub) => ({
      name: sub.name,
      policy: sub.make(`${name}/${sub.name}`, watch),
      spansPerSecond: allowances.get(sub.name) ?? left,
    }));
}

const typeOf = (name: string): PolicyType | undefined => (Object.hasOwn(types, name) ? types[name] : undefined);

/** A policy: `name`, `type`, and the section of that type. */
function readPolicy(node: ConfigNode, report: Report, isOutermost: boolean): PolicyConfig {
  const allowed = Object.keys(types).filter((type) => isOutermost || typeOf(type)?.isOutermost !== true);
  const written = node.kind === 'map' ? node.entries.get('type')?.value : undefined;
  const chosen = written?.kind === 'scalar' && allowed.includes(written.text) ? written.text : undefined;
  const fields: Record<string, Fields[string]> = {
    name: required(text, 'Names the policy in metrics and in the spans that it keeps.'),
    type: required(oneOf(...allowed), 'What it looks at.'),
  };
  for (const type of allowed) {
    const section = typeOf(type)?.section;
    if (section === undefined) continue;
    // The section of another type says nothing, but must not be a fault of its own.
    fields[type] = type === chosen ? required(section, `The settings of a policy of the type ${type}.`) : idle(type);
  }
  const values = object(fields).read(node, report) as Readonly<Record<string, unknown>>;
  const type = chosen === undefined ? undefined : typeOf(chosen);
  const config = chosen === undefined ? undefined : values[chosen];
  // A section that is missing is a fault by now.
  const isWhole = type !== undefined && (type.section === undefined || config !== undefined);
  return {
    name: String(values.name ?? ''),
    type: chosen ?? '',
    isStateful: isWhole && type.isStateful?.(config) === true,
    make: isWhole ? type.make(config) : () => alwaysSample(),
  };
}

function idle(type: string): Fields[string] {
  const section: ConfigType<undefined> = {
    label: 'map',
    takesNull: false,
    read: (node, report) => report.warn(node.at, `has no effect: the policy is not of the type ${type}`) as undefined,
  };
  return {type: section, help: '', required: false, fallback: () => undefined, fallbackText: ''};
}

/** For the reference: every type with its settings, those of policies inside others left out. */
const policyFields: Fields = {
  name: required(text, 'Names the policy in metrics and in the spans that it keeps.'),
  type: required(oneOf(...Object.keys(types)), 'What it looks at; the section of that name configures it.'),
  ...Object.fromEntries(
    Object.entries(types).flatMap(([type, {section, help}]) =>
      section === undefined ? [] : [[type, optional(section, help)]],
    ),
  ),
};

export const policies: ConfigType<readonly PolicyConfig[]> = {
  label: 'list of policies',
  fields: policyFields,
  read(node, report) {
    const read = list<PolicyConfig>({label: 'policy', read: (each, to) => readPolicy(each, to, true)}).read(
      node,
      report,
    );
    const seen = new Set<string>();
    for (const {name} of read) {
      if (name !== '' && seen.has(name)) report.fault(node.at, `two policies have the name \`${name}\``);
      seen.add(name);
    }
    return read;
  },
};

export const makePolicies = (configs: readonly PolicyConfig[], watch: TailWatch): NamedPolicy[] =>
  configs.map(({name, type, make}) => ({name, policy: make(name, watch), isDrop: type === 'drop'}));
