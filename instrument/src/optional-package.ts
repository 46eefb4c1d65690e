import {createRequire} from 'node:module';

/** Says that an instrumentation's package, an optional dependency, is not installed. */
export class MissingPackage extends Error {
  override readonly name = 'MissingPackage';
}

const require = createRequire(import.meta.url);

/**
 * Loads an optional dependency, as its type, when it is needed. Throws a MissingPackage where it is not installed; a fault of
 * the package itself, a dependency of its own that is missing included, is thrown as it is. By `require`: `start` does
 * not wait, and an ES module that awaits cannot be required (`node --require @weft/instrument`).
 */
export function optionalPackage<Exports>(name: string): Exports {
  try {
    return require(name) as Exports;
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    const isMissing = code === 'MODULE_NOT_FOUND' && message.startsWith(`Cannot find module '${name}'`);
    throw isMissing ? new MissingPackage(`${name} is not installed`) : error;
  }
}
