import {AsyncLocalStorage} from 'node:async_hooks';
import {EventEmitter} from 'node:events';
import {IncomingMessage, OutgoingMessage} from 'node:http';
import {type Context, type ContextManager, context, ROOT_CONTEXT} from '@opentelemetry/api';
import {isContext} from './odd-values.ts';

/** The binding of an emitter. */
export type Binding = {
  /** Its listeners run in this one. */
  readonly context: Context;
  /** Hears of every event before the listeners do, without being one of them. Must not throw. */
  sees?(emitter: EventEmitter, event: string | symbol, value: unknown): void;
};

const bound = Symbol('weft.bound');
/** On prototypes whose `emit` is ours. */
const heeded = Symbol('weft.heeded');

type Emitter = EventEmitter & {[bound]?: Binding; readonly [heeded]?: true};

/**
 * Binds `emitter`; a binding it has already stays, as with OpenTelemetry's manager. For messages of node:http, which is
 * what it is made for, this is one assignment; any other emitter gets an `emit` of its own.
 */
export function bindEmitter(emitter: EventEmitter, binding: Binding): void {
  const target: Emitter = emitter;
  if (target[bound] !== undefined) return;
  if (target[heeded] === true) {
    target[bound] = binding;
    return;
  }
  context.bind(binding.context, emitter);
  if (binding.sees === undefined) return;
  const {emit} = emitter;
  emitter.emit = function emitSeen(this: EventEmitter, event, ...values) {
    binding.sees?.(this, event, values[0]);
    return emit.call(this, event, ...values);
  };
}

/** Whether `bindEmitter`, or OpenTelemetry's API, bound it already. */
export const isBound = (emitter: EventEmitter | undefined): boolean =>
  (emitter as Emitter | undefined)?.[bound] !== undefined;

/**
 * Keeps the active context in an AsyncLocalStorage, as OpenTelemetry's own manager does, but binds event emitters and
 * functions at a tenth of the price: the HTTP instrumentation binds four emitters per hop, and theirs rewrites seven
 * methods of each. Here every listener of a bound emitter runs in its context because `emit` does: for HTTP's own classes
 * by one `emit` on their prototypes (a method of its own on each message makes all of node:http slower, whose code then
 * sees two kinds of message), for any other emitter by its own. To enter and leave a context costs two copies of Node's
 * map of storages, so an event that nobody listens to does not. Hot path: see bench/instrument.ts.
 */
export function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const {emit: plainEmit} = EventEmitter.prototype;
  const active = (): Context => storage.getStore() ?? ROOT_CONTEXT;
  const emitPlainly = (emitter: EventEmitter, args: unknown): boolean => plainEmit.apply(emitter, args as never);

  function emitInContext(this: Emitter, event: string | symbol, value?: unknown): boolean {
    const binding = this[bound];
    if (binding !== undefined) {
      binding.sees?.(this, event, value);
      if (this.listenerCount(event) > 0 && active() !== binding.context) {
        // biome-ignore lint/complexity/noArguments: an array of the rest would be made for every event.
        return storage.run(binding.context, emitPlainly, this, arguments);
      }
    }
    // biome-ignore lint/complexity/noArguments: as above.
    return plainEmit.apply(this, arguments as never);
  }
  for (const {prototype} of [IncomingMessage, OutgoingMessage]) {
    Object.defineProperty(prototype, 'emit', {value: emitInContext, configurable: true, writable: true});
    Object.defineProperty(prototype, heeded, {value: true, configurable: true});
  }

  function bindAny(emitter: Emitter, binding: Binding): void {
    if (emitter[bound] !== undefined) return;
    emitter[bound] = binding;
    if (emitter[heeded] === true) return;
    const {emit} = emitter;
    emitter.emit = function emitBound(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>) {
      if (active() === binding.context) return emit.apply(this, args);
      return storage.run(binding.context, () => emit.apply(this, args));
    };
  }

  return {
    active,
    with(given, fn, thisArg, ...args) {
      const context = isContext(given) ? given : ROOT_CONTEXT;
      if (thisArg == null) return storage.run(context, fn, ...args);
      return storage.run(context, () => fn.apply(thisArg as ThisParameterType<typeof fn>, args as never));
    },
    bind(given, target) {
      const context = isContext(given) ? given : ROOT_CONTEXT;
      if (target instanceof EventEmitter) {
        bindAny(target, {context});
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
