/** Statements and conditions for the pipeline's components: text in, closure over batches out. */
import type {AnyBatch, Lent} from '../model/index.ts';
import {Compiler} from './compile.ts';
import {type OttlContext, signalOf} from './context.ts';
import {type Compiled, OttlError, SyntaxFault} from './faults.ts';
import {type Cache, createCache, Frame} from './frame.ts';
import type {Functions} from './function.ts';
import {standardFunctions} from './functions.ts';
import {parseCondition, parseStatement} from './parse.ts';

export interface Condition {
  /**
   * Whether it holds for the row of the context's own table (spans, events, logs, points, metrics, resources, scopes).
   * `parent` is the span's row of an event, and the resource's of a scope. Throws OttlError where the data do not fit.
   */
  test(batch: Lent<AnyBatch>, row: number, parent?: number): boolean;
}

export interface Statement {
  /** Runs the editor where the condition holds, and says whether it did. Throws OttlError where the data do not fit. */
  run(batch: AnyBatch, row: number, parent?: number): boolean;
}

export interface CompileOptions {
  /** The functions that statements may call; without it the standard ones. */
  readonly functions?: Functions;
  /** Texts that are given the same cache share `cache`, and its owner clears it; without it each run begins with none. */
  readonly cache?: Cache;
}

export function compileCondition(
  text: string,
  context: OttlContext,
  options: CompileOptions = {},
): Compiled<Condition> {
  return compiled(
    context,
    options,
    (compiler) => compiler.condition(parseCondition(text)),
    (test, enter) => ({
      test(batch, row, parent = -1) {
        const frame = enter(batch as AnyBatch, row, parent);
        const holds = test(frame);
        frame.leave();
        return holds;
      },
    }),
  );
}

export function compileStatement(
  text: string,
  context: OttlContext,
  options: CompileOptions = {},
): Compiled<Statement> {
  return compiled(
    context,
    options,
    (compiler) => compiler.statement(parseStatement(text)),
    ({run, where}, enter) => ({
      run(batch, row, parent = -1) {
        const frame = enter(batch, row, parent);
        if (where !== undefined && !where(frame)) return false;
        run(frame);
        return true;
      },
    }),
  );
}

function compiled<N, T>(
  context: OttlContext,
  options: CompileOptions,
  compile: (compiler: Compiler) => N,
  finish: (node: N, enter: (batch: AnyBatch, row: number, parent: number) => Frame) => T,
): Compiled<T> {
  const compiler = new Compiler(context, options.functions ?? standardFunctions);
  try {
    const node = compile(compiler);
    if (compiler.faults.length > 0) {
      return {kind: 'faulty', faults: compiler.faults.toSorted((a, b) => a.position - b.position)};
    }
    return {kind: 'ok', value: finish(node, entrance(context, options.cache))};
  } catch (error) {
    if (error instanceof SyntaxFault)
      return {kind: 'faulty', faults: [{position: error.position, message: error.message}]};
    throw error;
  }
}

/** Sets the frame of one text on a row. */
function entrance(
  context: OttlContext,
  shared: Cache | undefined,
): (batch: AnyBatch, row: number, parent: number) => Frame {
  const cache = shared ?? createCache();
  const frame = new Frame(cache);
  const signal = signalOf[context];
  return (batch, row, parent) => {
    if (signal !== undefined && batch.signal !== signal) {
      throw new OttlError(`the context ${context} is of ${signal}, and the batch holds ${batch.signal}`);
    }
    if (shared === undefined && cache.map.size > 0) cache.map = new Map();
    frame.batch = batch;
    frame.row = row;
    frame.parent = parent;
    return frame;
  };
}
