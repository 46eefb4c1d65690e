import Module, {
  createRequire,
  isBuiltin,
  type LoadHookSync,
  type ResolveFnOutput,
  type ResolveHookSync,
  registerHooks,
  register as registerInThread,
  syncBuiltinESMExports,
} from 'node:module';
import {isAbsolute} from 'node:path';
import {pathToFileURL} from 'node:url';
import {diag} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';

type Loaded = {exports: unknown; loaded: boolean; readonly filename?: string | null};
/** Open to replacement by Node's own promise, but not in its types. */
const loader = Module as unknown as {
  _resolveFilename(id: string, parent: unknown): string;
  readonly _cache: Readonly<Record<string, Loaded | undefined>>;
  readonly prototype: {
    require(this: Loaded, id: string): unknown;
    load(this: Loaded, filename: string): void;
  };
};
const {require: plainRequire} = loader.prototype; // As it was before instrumentations wrap it.

/**
 * Makes a patched CommonJS package the same for `import` as for `require`: what instrumentations make of its exports
 * becomes its exports as soon as its code has run, before any module sees them. No module is rewritten and no URL changes,
 * so that an ES module, whose order of evaluation and `import.meta` a program may depend on, is never touched
 * (docs/decisions/0022-imports-left-alone.md). Call when the instrumentations have wrapped `require`.
 */
export function hookImports(packages: ReadonlySet<string>): void {
  const {require: wrappedRequire, load} = loader.prototype;
  const requireHere = createRequire(import.meta.url);

  loader.prototype.load = function loadInstrumented(filename) {
    if (packages.has(packageOf(filename))) {
      whenLoaded(this, () => {
        try {
          this.exports = requireHere(filename);
        } catch (error) {
          diag.error(`${filename} is not instrumented: ${String(error)}`);
        }
      });
    }
    return load.call(this, filename);
  };

  // Loads past the wrapped `require`, which would patch too late and what a cycle sees of a module too early.
  loader.prototype.require = function requireInstrumented(id) {
    if (typeof id === 'string' && packages.has(packageNamed(id, this.filename ?? undefined))) {
      const exports = plainRequire.call(this, id);
      if (loader._cache[loader._resolveFilename(id, this)]?.loaded !== true) return exports;
    }
    return wrappedRequire.call(this, id);
  };
}

/** Calls `act` as soon as the module's code has run: right after, Node remembers what an `import` of it will see. */
function whenLoaded(module: Loaded, act: () => void): void {
  const loaded = {configurable: true, enumerable: true};
  Object.defineProperty(module, 'loaded', {
    ...loaded,
    get: () => false,
    set(value: boolean) {
      Object.defineProperty(module, 'loaded', {...loaded, value, writable: true});
      act();
    },
  });
}

/** The package that a module named `id` belongs to, where `from` asks for it; empty for a file of no package. */
function packageNamed(id: string, from: string | undefined): string {
  if (isAbsolute(id)) return packageOf(id);
  if (id.startsWith('.')) return from === undefined ? '' : packageOf(from);
  return nameIn(id.split('/'), 0);
}

/** `…/node_modules/@grpc/grpc-js/build/src/index.js` → `@grpc/grpc-js`. */
function packageOf(file: string): string {
  const parts = file.split(/[\\/]/);
  const above = parts.lastIndexOf('node_modules');
  return above === -1 ? '' : nameIn(parts, above + 1);
}

const nameIn = (parts: readonly string[], at: number): string =>
  parts[at]?.startsWith('@') === true ? `${parts[at]}/${parts[at + 1]}` : (parts[at] ?? '');

/**
 * Lets a program's own instrumentations patch ES modules: those that they name, and no others. Returns whether their
 * CommonJS packages are left to `hookImports`: the loader thread of a Node whose in-thread hooks are not right takes them too.
 * Loads nothing where none is named.
 */
export function hookEsModules(definitions: readonly ModuleDefinition[]): boolean {
  const include = definitions
    .filter(({name}) => !isBuiltin(name))
    .flatMap(({name, files = []}) => [name, ...files.map(({name: file}) => fileOfPackage(file))]);
  if (include.length === 0) return true;
  const require = createRequire(import.meta.url);
  const {createHook, supportsSyncHooks} = require('import-in-the-middle/create-hook.mjs') as ImportInTheMiddle;
  if (!supportsSyncHooks()) {
    registerInThread('import-in-the-middle/hook.mjs', import.meta.url, {data: {include}});
    return false;
  }
  const {applyOptions, resolveSync, loadSync} = createHook({
    url: pathToFileURL(require.resolve('import-in-the-middle/hook.mjs')).href,
  });
  applyOptions({include});
  registerHooks({
    resolve(specifier, context, next) {
      let plain: ResolveFnOutput | undefined;
      const wrapped = resolveSync(specifier, context, (...given) => (plain = next(...given)));
      return plain?.format === 'commonjs' ? plain : wrapped;
    },
    load: loadSync,
  });
  return true;
}

type ImportInTheMiddle = {
  supportsSyncHooks(): boolean;
  createHook(meta: {url: string}): {
    applyOptions(options: {include: (string | RegExp)[]}): void;
    resolveSync: ResolveHookSync;
    loadSync: LoadHookSync;
  };
};

/** A URL that ends in `node_modules/` and `file`, which is a path within a package: `pg/lib/client.js`. */
const fileOfPackage = (file: string): RegExp =>
  new RegExp(`/node_modules/${file.replaceAll('\\', '/').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

/**
 * Patches Node's own modules now and updates what ES modules import from them: without this, whichever of `require` and
 * `import` comes second keeps the unpatched functions. Call when the instrumentations are registered.
 */
export function patchBuiltins(definitions: readonly ModuleDefinition[]): void {
  const require = createRequire(import.meta.url);
  for (const {name} of definitions) if (isBuiltin(name)) require(name);
  syncBuiltinESMExports();
}

/** A module that an instrumentation patches, and files within it. */
export type ModuleDefinition = {readonly name: string; readonly files?: readonly {readonly name: string}[]};

/** The base class of instrumentations has no public way to ask; the field has had this name in every version. */
export const definitionsOf = (instrumentations: readonly Instrumentation[]): ModuleDefinition[] =>
  instrumentations.flatMap(
    (instrumentation) => (instrumentation as {_modules?: readonly ModuleDefinition[]})._modules ?? [],
  );
