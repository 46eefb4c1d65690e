/** The context of statements that do not say theirs: the outermost that has every path, function and enum of them. */
import {childrenOf, type Expression} from './ast.ts';
import {enumsOf, type OttlContext, pathsOf, rowsOf} from './context.ts';
import {type OttlFault, SyntaxFault} from './faults.ts';
import type {Functions} from './function.ts';
import {parseCondition, parseStatement} from './parse.ts';
import {contextNamed} from './resolve.ts';

export interface Texts {
  readonly statements?: readonly string[];
  readonly conditions?: readonly string[];
}

/** `text` is the place of the faulty one among the statements, or, after them, the conditions. */
export type Inferred =
  | {readonly kind: 'ok'; readonly context: OttlContext}
  | {readonly kind: 'faulty'; readonly faults: readonly (OttlFault & {readonly text: number})[]};

interface Needs {
  readonly contexts: Set<OttlContext>;
  /** Sets of contexts, of each of which one is needed: those of a function, or of an enum. */
  readonly choices: (readonly OttlContext[])[];
}

/** `candidates` are the contexts of the signal, from the outermost to the innermost. */
export function inferContext(texts: Texts, candidates: readonly OttlContext[], functions: Functions): Inferred {
  const needs: Needs = {contexts: new Set(), choices: []};
  const faults: (OttlFault & {text: number})[] = [];
  const {statements = [], conditions = []} = texts;
  const read = (text: number, trees: () => readonly Expression[]): void => {
    try {
      for (const tree of trees()) {
        collect(tree, {needs, functions, candidates}, [], (position, message) =>
          faults.push({text, position, message}),
        );
      }
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      faults.push({text, position: error.position, message: error.message});
    }
  };
  for (const [index, text] of statements.entries()) {
    read(index, () => {
      const {editor, where} = parseStatement(text);
      return where === undefined ? [editor] : [editor, where];
    });
  }
  for (const [index, text] of conditions.entries()) read(statements.length + index, () => [parseCondition(text)]);
  if (faults.length > 0) return {kind: 'faulty', faults};
  const fitting = candidates.filter(
    (each) =>
      [...needs.contexts].every((context) => rowsOf[each][context] !== undefined) &&
      needs.choices.every((choice) => choice.includes(each)),
  );
  const [context] = fitting.filter((each) => needs.contexts.has(each) || needs.choices.length > 0);
  if (context !== undefined) return {kind: 'ok', context};
  const words =
    needs.contexts.size === 0
      ? `no path says what it is about: write \`context: ${candidates.at(-1)}\` beside it, or begin a path with ${candidates.map((each) => `\`${each}.\``).join(', ')}`
      : `no context has all of this: ${[...needs.contexts].join(', ')} and the functions beside them; the contexts here are ${candidates.join(', ')}. Put them into groups of their own`;
  return {kind: 'faulty', faults: [{text: 0, position: 0, message: words}]};
}

function collect(
  node: Expression,
  around: {readonly needs: Needs; readonly functions: Functions; readonly candidates: readonly OttlContext[]},
  locals: readonly string[],
  fault: (position: number, message: string) => void,
): void {
  const {needs, functions, candidates} = around;
  let inner = locals;
  if (node.kind === 'path') {
    const {name} = node.fields[0]!;
    const context = contextNamed(name);
    if (context !== undefined) needs.contexts.add(context);
    else if (!locals.includes(name)) {
      const having = candidates.filter((each) => name === 'cache' || Object.hasOwn(pathsOf[each], name));
      const ways = having.map((each) => `\`${each}.${name}\``).reverse();
      fault(
        node.at,
        ways.length === 0
          ? `\`${name}\` is no context and no path; the contexts here are ${candidates.join(', ')}`
          : `\`${name}\` does not say its context: write ${ways.join(' or ')}`,
      );
    }
  } else if (node.kind === 'call') {
    const contexts = functions.get(node.name)?.contexts;
    if (contexts !== undefined) needs.choices.push(contexts);
  } else if (node.kind === 'name') {
    const having = (Object.keys(enumsOf) as OttlContext[]).filter((each) => Object.hasOwn(enumsOf[each], node.name));
    if (having.length > 0) needs.choices.push(having);
  } else if (node.kind === 'lambda') inner = [...locals, ...node.parameters];
  for (const child of childrenOf(node)) collect(child, around, inner, fault);
}
