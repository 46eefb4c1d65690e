/** Where statements and conditions do something else than in the Collector, on purpose. */
import type {Difference} from './differences.ts';

export const ottl: readonly Difference[] = [
  {
    of: 'OTTL',
    title: 'A value that no attribute can hold (a time, a duration, an id) leaves the attribute as it was.',
    reason: 'The Collector reports the same error, and leaves an empty attribute behind.',
    cases: /^transform: /,
    shows: /attributes\.out: Collector empty, Weft nothing$/,
  },
  {
    of: 'OTTL',
    title: '`Base64Decode` works beside `Decode`.',
    reason: 'The Collector has dropped it, and configurations still have it.',
    cases: /^transform: Base64Decode/,
    shows: /undefined function "Base/,
  },
  {
    of: 'OTTL',
    title: 'Lambdas are always on.',
    reason: 'The Collector has them behind a feature gate.',
  },
  {
    of: 'OTTL',
    title: '`Time` without a zone is UTC.',
    reason: "The Collector takes the machine's zone, so that the same data means another time on another machine.",
  },
  {
    of: 'OTTL',
    title: 'Elements of XML nest 1,000 deep, and entities beyond the five of XML are refused.',
    reason: 'Documents come from strangers, and a deep one must not exhaust the stack.',
  },
  {
    of: 'OTTL',
    title: 'Times, durations and ids become texts as people write them.',
    reason:
      'The Collector writes the JSON of how it holds them: nanoseconds, quotes around a time, an id as a list of bytes.',
    cases: /^transform: String\((Duration|TruncateTime|start_time|TraceID)/,
    shows: /attributes\.out: Collector "/,
  },
  {
    of: 'OTTL',
    title: '`Format` writes the contents of lists and maps.',
    reason: 'The Collector writes where they lie in its memory.',
    cases: /^transform: Format\("%[vs]/,
    shows: /Collector ".*\{0x[0-9a-f]+ 0x/,
  },
  {
    of: 'OTTL',
    title: 'Camel case keeps letters beyond ASCII.',
    reason: 'The Collector drops them, and `ÄÖ` becomes an empty name.',
    cases: /^transform: (ConvertCase\(\$v, "camel"|ToCamelCase)/,
    shows: /Collector "[^"]*", Weft "[^"]*[\u0080-\uffff]/,
  },
  {
    of: 'OTTL',
    title: '`url.original` of `URL` is the text that was given.',
    reason: 'The Collector writes it again, with escapes.',
    cases: /^transform: URL\(/,
    shows: /url\.original: Collector ".*%/,
  },
  {
    of: 'OTTL',
    title: '`flatten` sets a dot before the index in a list within a list, too (`v.0.0`).',
    reason: 'The Collector leaves it out (`v.00`), so that keys of different places become one.',
    cases: /^transform: span: flatten\(/,
    shows: /\.00: Collector|\.0\.0: Collector nothing/,
  },
  {
    of: 'OTTL',
    title: 'A map that is copied into itself holds what it held before.',
    reason: 'In the Collector the copy has an empty map under its own name.',
    cases: /^transform: (attributes$|span: set\(attributes\["copy"\], attributes\))/,
    shows: /\.(out\.out|copy\.copy): Collector \{\}/,
  },
  {
    of: 'OTTL',
    title: 'A value of no bytes is a value, and not nil.',
    reason: 'The Collector takes it for nil, but not an empty text, list or map.',
    cases: /^(filter|transform): span: .*attributes\["v"\] [=!]= nil/,
    shows: /^span "value 54"/,
  },
  {
    of: 'OTTL',
    title: 'Maps that a statement writes can hold lists of data.',
    reason: 'In the Collector that is an error, though lists that the statement writes out are none.',
    cases: /^transform: (\{"a": \$v|log: set\(body, \{"was")/,
    shows: /attributes\.out\.[ab]|record\.body/,
  },
  {
    of: 'OTTL',
    title: 'Setting a key of an empty body makes it a map.',
    reason: 'As it does with an attribute; in the Collector it is an error.',
    cases: /^transform: log: set\(body\["new"\]/,
    shows: /^record "empty"/,
  },
  {
    of: 'OTTL',
    title: 'Buckets, events and links can become values of attributes.',
    reason: 'The Collector reports an error, and leaves an empty attribute behind.',
    cases: /^transform: (events|links|datapoint: set\(attributes\["b"\], bucket_counts\))$/,
    shows: /attributes\.(out|b)(\.[\w.]+)?: Collector (empty|nothing), Weft/,
  },
  {
    of: 'OTTL',
    title: '`event_index` is the place of an event in its span.',
    reason: "The language has it; in the Collector's `transform` it is always an error.",
    cases: /^transform: spanevent: set\(attributes\["i"\], event_index\)/,
    shows: /attributes\.i: Collector nothing/,
  },
  {
    of: 'OTTL',
    title: '`ParseXML` keeps prefixes of names (`n:a`).',
    reason: 'The Collector drops them, so that attributes of different namespaces become one.',
    cases: /^transform: ParseXML\("<n:/,
    shows: /attributes\.out\.(tag|attributes)/,
  },
  {
    of: 'OTTL',
    title:
      'The `xpath` of `ConvertAttributesToElementsXML` can select elements, as its documentation says, or attributes.',
    reason: 'The Collector passes over elements.',
    cases: /^transform: ConvertAttributesToElementsXML\("<a x/,
    shows: /attributes\.out: Collector/,
  },
  {
    of: 'OTTL',
    title: 'A pattern of `ExtractPatterns` without a named group is refused at the start.',
    reason: 'Nothing could come of it; the Collector says so when the statement runs.',
    cases: /^transform: ExtractPatterns\("a", "\(a\)"\)/,
    shows: /^configuration: Weft refuses it/,
  },
  {
    of: 'OTTL',
    title:
      '`convert_summary_count_val_to_sum`, `convert_summary_sum_val_to_sum` and `merge_histogram_buckets` work in the contexts metric and datapoint.',
    reason:
      'The Collector has them in datapoint only, and makes the metric of a summary once for each of its points; here it is made once.',
  },
  {
    of: 'OTTL',
    title: '`UserAgent` knows the browsers of uap-core 0.18, and reads the first 1,024 characters.',
    reason: 'The Collector carries a later state of that database, which is not published for JavaScript.',
  },
];
