/**
 * Lists of statements or conditions as `transform` and `filter` have them: plain texts, or groups with settings of their own.
 * A group has one context, which it says or which is told from its paths.
 */
import {
  bool,
  type ConfigNode,
  type ConfigType,
  describeNode,
  list,
  object,
  oneOf,
  optional,
  type Position,
  type Report,
  textOf,
  withDefault,
} from '../config/index.ts';
import type {AnyBatch, Signal} from '../model/index.ts';
import {
  type Cache,
  type Compiled,
  type Condition,
  compileCondition,
  compileStatement,
  contextsOf,
  createCache,
  type Functions,
  inferContext,
  type OttlContext,
  type Statement,
} from '../ottl/index.ts';
import {type ErrorMode, errorMode, reportFaults} from './ottl-config.ts';
import type {OnOttlError} from './ottl-errors.ts';

/** A compiled text beside its source, for messages. */
export interface Compact<T> {
  readonly text: string;
  readonly run: T;
}

export interface OttlGroup {
  readonly context: OttlContext;
  /** Shared by the group's texts for one row; whoever runs it clears it before each, or before each batch with `sharesCache`. */
  readonly cache: Cache;
  /** The cache is that of all groups of the list with this setting and context. */
  readonly sharesCache: boolean;
  /** One of them must hold; without any, the group always runs. */
  readonly conditions: readonly Compact<Condition>[];
  readonly statements: readonly Compact<Statement>[];
  /** Undefined: as the component has it. */
  readonly errorMode: ErrorMode | undefined;
}

/** Whether one of the group's conditions holds for the row. */
export function anyHolds(
  batch: AnyBatch,
  row: number,
  parent: number,
  {conditions}: Pick<OttlGroup, 'conditions'>,
  mode: ErrorMode,
  onError: OnOttlError,
): boolean {
  for (const {text, run} of conditions) {
    try {
      if (run.test(batch, row, parent)) return true;
    } catch (error) {
      onError(error, mode, text);
    }
  }
  return false;
}

/** A text with its place in the file. */
interface Written {
  readonly at: Position;
  readonly text: string;
}

/** Undefined where it is no text, which is then told. */
const written: ConfigType<Written | undefined> = {
  label: 'text',
  read(node, report) {
    const text = textOf(node);
    if (isSplitText(node)) report.fault(node.at, splitTextFault);
    else if (text === undefined) report.fault(node.at, `expected text, found ${describeNode(node)}`);
    return text === undefined ? undefined : {at: node.at, text};
  },
};

const contextField = (signal: Signal) =>
  optional(oneOf(...contextsOf[signal]), 'What the texts are about; without it, as their paths say.');
const conditionsField = withDefault(list(written), [], '[]', 'Conditions of which one must hold.');
const errorModeField = optional(errorMode, 'What becomes of errors in this group; without it, as the processor says.');

/** The list `trace_statements` and the like. */
export function statementGroups(signal: Signal, functions: Functions): ConfigType<readonly OttlGroup[]> {
  const group = object({
    context: contextField(signal),
    conditions: conditionsField,
    statements: withDefault(list(written), [], '[]', 'Statements of OTTL, in the order in which they run.'),
    error_mode: errorModeField,
    shared_cache: withDefault(
      bool,
      false,
      'false',
      'Whether `cache` keeps what it holds from row to row and from group to group, among groups of one context that say so, for one batch.',
    ),
  });
  const groups = (caches: SharedCaches) =>
    groupList('statements', group.fields, (node, report) =>
      node.kind === 'list'
        ? compiled(signal, functions, report, {statements: texts(node, report)})
        : compiled(signal, functions, report, {...group.read(node, report), saysContext: saysContext(node)}, caches),
    );
  return {...groups(new Map()), read: (node, report) => groups(new Map()).read(node, report)};
}

/** A list of conditions of one context: `traces.span`. */
export function conditionsOf(
  signal: Signal,
  context: OttlContext,
  functions: Functions,
): ConfigType<readonly OttlGroup[]> {
  const all = list(written);
  return {
    label: 'list of conditions',
    read: (node, report) => compiled(signal, functions, report, {context, conditions: all.read(node, report)}),
  };
}

/** The list `trace_conditions` and the like. */
export function conditionGroups(signal: Signal, functions: Functions): ConfigType<readonly OttlGroup[]> {
  const group = object({context: contextField(signal), conditions: conditionsField, error_mode: errorModeField});
  return groupList('conditions', group.fields, (node, report) => {
    // Plain conditions need not be about the same: each is a group of its own.
    if (node.kind === 'list')
      return texts(node, report).flatMap((each) => compiled(signal, functions, report, {conditions: [each]}));
    return compiled(signal, functions, report, {...group.read(node, report), saysContext: saysContext(node)});
  });
}

const saysContext = (node: ConfigNode): boolean => node.kind === 'map' && node.entries.has('context');

const texts = (node: ConfigNode, report: Report): readonly (Written | undefined)[] => list(written).read(node, report);

/** Reads a list that has texts only, or groups only. `read` is given the whole list, or one group. */
function groupList(
  noun: string,
  fields: ConfigType<unknown>['fields'],
  read: (node: ConfigNode, report: Report) => readonly OttlGroup[],
): ConfigType<readonly OttlGroup[]> {
  return {
    label: `list of ${noun} or of groups`,
    fields,
    read(node, report) {
      if (node.kind !== 'list') {
        report.fault(node.at, `expected a list of ${noun}, found ${describeNode(node)}`);
        return [];
      }
      const split = node.items.filter(isSplitText);
      if (split.length > 0) {
        for (const {at} of split) report.fault(at, splitTextFault);
        return [];
      }
      const groups = node.items.filter((item) => item.kind === 'map');
      if (groups.length === 0) return node.items.length === 0 ? [] : read(node, report);
      const plain = node.items.find((item) => item.kind !== 'map');
      if (plain === undefined) return groups.flatMap((each) => read(each, report));
      report.fault(plain.at, `a list has ${noun} or groups, not both: put this into a group`);
      return [];
    },
  };
}

/** YAML takes `a == "b: c"` without quotes around it for a key and a value. */
const isSplitText = (node: ConfigNode): boolean =>
  node.kind === 'map' && [...node.entries.keys()].some((key) => /[("=]/.test(key));
const splitTextFault = 'YAML splits this text at the `: ` in it: put all of it between single quotes';

interface Parts {
  readonly context?: OttlContext | undefined;
  /** Whether the configuration has the setting `context`, right or wrong. */
  readonly saysContext?: boolean;
  readonly conditions?: readonly (Written | undefined)[];
  readonly statements?: readonly (Written | undefined)[];
  readonly error_mode?: ErrorMode | undefined;
  readonly shared_cache?: boolean;
}

/** The caches of the groups of one list that share them. */
type SharedCaches = Map<OttlContext, Cache>;

function compiled(
  signal: Signal,
  functions: Functions,
  report: Report,
  parts: Parts,
  caches: SharedCaches = new Map(),
): readonly OttlGroup[] {
  const isText = (each: Written | undefined): each is Written => each !== undefined;
  const conditions = (parts.conditions ?? []).filter(isText);
  const statements = (parts.statements ?? []).filter(isText);
  const all = [...statements, ...conditions];
  if (all.length === 0) return [];
  let {context} = parts;
  if (context === undefined) {
    // A context that is none has its fault; what it was to be about is not known.
    if (parts.saysContext) return [];
    const inferred = inferContext(
      {statements: statements.map((each) => each.text), conditions: conditions.map((each) => each.text)},
      contextsOf[signal],
      functions,
    );
    if (inferred.kind === 'faulty') {
      for (const {text: index, ...fault} of inferred.faults) {
        const {at, text} = all[index] as Written;
        reportFaults(report, at, text, [fault]);
      }
      return [];
    }
    ({context} = inferred);
  }
  const sharesCache = parts.shared_cache === true;
  const cache = (sharesCache ? caches.get(context) : undefined) ?? createCache();
  if (sharesCache) caches.set(context, cache);
  const compact = <T>(list: readonly Written[], compile: (text: string) => Compiled<T>): Compact<T>[] =>
    list.flatMap(({at, text}) => {
      const result = compile(text);
      if (result.kind === 'ok') return [{text, run: result.value}];
      reportFaults(report, at, text, result.faults);
      return [];
    });
  const its = context;
  return [
    {
      context: its,
      cache,
      sharesCache,
      conditions: compact(conditions, (text) => compileCondition(text, its, {functions, cache})),
      statements: compact(statements, (text) => compileStatement(text, its, {functions, cache})),
      errorMode: parts.error_mode,
    },
  ];
}
