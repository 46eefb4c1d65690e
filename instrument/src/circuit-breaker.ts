import type {Span} from '@opentelemetry/api';
import {traced} from './traced.ts';

export type CircuitState = 'closed' | 'open' | 'half_open';

export type CircuitBreakerOptions = {
  /** Failures in a row that open the circuit (default 5). */
  readonly failureThreshold?: number;
  /** How long it stays open before one call may try again, in ms (default 30,000). */
  readonly openMillis?: number;
  /** Whether this error counts as a failure of what is protected (default: every error). */
  readonly isFailure?: (error: unknown) => boolean;
  /** Monotonic milliseconds; for tests. */
  readonly now?: () => number;
};

export type CircuitBreaker = {
  readonly state: CircuitState;
  /** Calls `fn` unless the circuit is open, in which case it rejects at once with a CircuitOpenError. */
  call<T>(fn: (span: Span) => T | Promise<T>): Promise<T>;
};

/** The circuit was open: what it protects was not called. */
export class CircuitOpenError extends Error {
  readonly circuit: string;
  constructor(circuit: string) {
    super(`circuit ${circuit} is open`);
    this.name = 'CircuitOpenError';
    this.circuit = circuit;
  }
}

/**
 * Stops calling what keeps failing. Each call is a span `circuit_breaker NAME` with the state it met; a state change is an
 * event on the call that caused it, a call that was not made has `circuit_breaker.rejected`.
 *
 * @example const breaker = circuitBreaker('payment-provider', {failureThreshold: 3}); await breaker.call(() => charge());
 */
export function circuitBreaker(name: string, options: CircuitBreakerOptions = {}): CircuitBreaker {
  const {failureThreshold = 5, openMillis = 30_000, isFailure = () => true, now = () => performance.now()} = options;
  let state: CircuitState = 'closed';
  let failures = 0;
  let openedAt = 0;
  let trying = false;

  const change = (to: CircuitState, span: Span): void => {
    if (to === state) return;
    span.addEvent('circuit_breaker.state_change', {
      'circuit_breaker.name': name,
      'circuit_breaker.from': state,
      'circuit_breaker.to': to,
    });
    state = to;
    if (to === 'open') openedAt = now();
  };

  return {
    get state() {
      return state;
    },
    call: (fn) =>
      traced(`circuit_breaker ${name}`, {attributes: {'circuit_breaker.name': name}}, async (span) => {
        if (state === 'open' && now() - openedAt >= openMillis) change('half_open', span);
        span.setAttribute('circuit_breaker.state', state);
        if (state === 'open' || (state === 'half_open' && trying)) {
          span.setAttribute('circuit_breaker.rejected', true);
          throw new CircuitOpenError(name);
        }
        const probe = state === 'half_open';
        if (probe) trying = true;
        try {
          const value = await fn(span);
          if ((state as CircuitState) !== 'open') failures = 0;
          if (probe) change('closed', span);
          return value;
        } catch (error) {
          if (isFailure(error)) {
            failures++;
            if (probe || failures >= failureThreshold) change('open', span);
          }
          throw error;
        } finally {
          if (probe) trying = false;
        }
      }),
  };
}
