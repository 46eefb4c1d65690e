import {createRequire, register as registerAsync, registerHooks, syncBuiltinESMExports} from 'node:module';
import {isAbsolute} from 'node:path';
import {pathToFileURL} from 'node:url';
import {register, supportsSyncHooks} from 'import-in-the-middle/register-hooks.mjs';

/** Lets instrumentations patch ES modules too. In-thread hooks where Node has them right, its loader thread elsewhere. */
export function hookModules(): void {
  if (!supportsSyncHooks()) {
    registerAsync('import-in-the-middle/hook.mjs', import.meta.url);
    return;
  }
  register();
  registerHooks({resolve: resolveByName});
}

/**
 * Patches `http` and `https` now and updates what ES modules import from them: without this, whichever of `require` and
 * `import` comes second keeps the unpatched functions. Call after the instrumentations are registered.
 */
export function patchBuiltins(): void {
  const require = createRequire(import.meta.url);
  require('node:http');
  require('node:https');
  syncBuiltinESMExports();
}

type Resolve = NonNullable<NonNullable<Parameters<typeof registerHooks>[0]>['resolve']>;

const packageFile = /^(file:.*\/)node_modules\/((?:@[^/]+\/)?[^/@][^/]*)\/[^?#]*$/;

/**
 * Instrumentations are matched by package name, but test runners and bundlers import a package's main file by its URL or path.
 * Where that is what the name resolves to, resolve the name instead.
 */
const resolveByName: Resolve = (specifier, context, next) => {
  const url = isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier;
  const [, above, name] = packageFile.exec(url) ?? [];
  // What import-in-the-middle's own wrapper imports by URL is the module behind it.
  const wrapped = context.parentURL?.includes('iitm=true') === true;
  if (above === undefined || name === undefined || wrapped || !byUrl.has(name)) return next(specifier, context);
  try {
    const parentURL = new URL('index.js', above).href;
    const named = next(name, {...context, parentURL});
    if (named.url.split('?', 1)[0] === url) return named;
  } catch {
    // Not to be had by its name from there: then it is not the package's main file.
  }
  return next(specifier, context);
};

/** Packages that built-in instrumentations patch at their main file. */
const byUrl = new Set([
  'express',
  'pg',
  'redis',
  '@redis/client',
  'ioredis',
  'kafkajs',
  'amqplib',
  'pino',
  'winston',
  '@grpc/grpc-js',
]);
