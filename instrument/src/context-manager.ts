import {AsyncLocalStorage} from 'node:async_hooks';
import {EventEmitter} from 'node:events';
import {IncomingMessage, OutgoingMessage} from 'node:http';
import {type Context, type ContextManager, ROOT_CONTEXT} from '@opentelemetry/api';

/** The context that an emitter's listeners run in. */
const boundTo = Symbol('weft.bound-to');
type BoundEmitter = EventEmitter & {[boundTo]?: Context};

/**
 * Keeps the active context in an AsyncLocalStorage, as OpenTelemetry's own manager does, but binds event emitters and
 * functions at a tenth of the price: the HTTP instrumentation binds four emitters and a callback per hop, and theirs
 * rewrites seven methods of each. Here every listener of a bound emitter runs in its context because `emit` does: for
 * HTTP's own classes by one `emit` on their prototypes (a method of its own on each message makes all of node:http slower,
 * whose code then sees two kinds of message), for any other emitter by its own. Hot path: see bench/instrument.ts.
 */
export function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const {emit: plainEmit} = EventEmitter.prototype;

  function emitInContext(this: BoundEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
    const context = this[boundTo];
    if (context === undefined || storage.getStore() === context) return plainEmit.apply(this, args);
    return storage.run(context, () => plainEmit.apply(this, args));
  }
  for (const {prototype} of [IncomingMessage, OutgoingMessage]) {
    Object.defineProperty(prototype, 'emit', {value: emitInContext, configurable: true, writable: true});
  }

  function bindEmitter(context: Context, emitter: BoundEmitter): void {
    if (emitter[boundTo] !== undefined) return; // The first binding stays, as with OpenTelemetry's manager.
    emitter[boundTo] = context;
    const {emit} = emitter;
    if (emit === emitInContext) return;
    emitter.emit = function emitBound(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>) {
      if (storage.getStore() === context) return emit.apply(this, args);
      return storage.run(context, () => emit.apply(this, args));
    };
  }

  return {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with(context, fn, thisArg, ...args) {
      if (thisArg == null) return storage.run(context, fn, ...args);
      return storage.run(context, () => fn.apply(thisArg as ThisParameterType<typeof fn>, args as never));
    },
    bind(context, target) {
      if (target instanceof EventEmitter) {
        bindEmitter(context, target);
        return target;
      }
      if (typeof target !== 'function') return target;
      const call = (self: unknown, args: IArguments): unknown =>
        storage.run(context, () => (target as (...all: unknown[]) => unknown).apply(self, args as never));
      return sameArity(target.length, call) as typeof target;
    },
    enable() {
      return this;
    },
    disable() {
      storage.disable();
      return this;
    },
  };
}

/** A function that declares as many parameters as `length` says (frameworks look at that), without redefining a property. */
function sameArity(length: number, call: (self: unknown, args: IArguments) => unknown): (...args: never[]) => unknown {
  /* biome-ignore-start lint/correctness/noUnusedFunctionParameters: their number is the point. */
  /* biome-ignore-start lint/complexity/noArguments: a rest parameter does not count for `length`, and named ones would add missing arguments. */
  switch (length) {
    case 0:
      return function (this: unknown) {
        return call(this, arguments);
      };
    case 1:
      return function (this: unknown, _a: unknown) {
        return call(this, arguments);
      };
    case 2:
      return function (this: unknown, _a: unknown, _b: unknown) {
        return call(this, arguments);
      };
    case 3:
      return function (this: unknown, _a: unknown, _b: unknown, _c: unknown) {
        return call(this, arguments);
      };
    default: {
      const wrapped = function (this: unknown) {
        return call(this, arguments);
      };
      return Object.defineProperty(wrapped, 'length', {value: length, configurable: true});
    }
  }
  /* biome-ignore-end lint/complexity/noArguments: as above. */
  /* biome-ignore-end lint/correctness/noUnusedFunctionParameters: their number is the point. */
}
