import type {Attributes} from '@opentelemetry/api';
import {traced} from './traced.ts';

/** One step of a distributed transaction and how to undo it. */
export type SagaStep<State> = {
  readonly name: string;
  readonly run: (state: State) => Promise<void> | void;
  /** Undoes `run` after a later step failed. A step without one has nothing to undo. */
  readonly compensate?: (state: State) => Promise<void> | void;
};

/** A step failed. `cause` is its error; `uncompensated` names the steps whose undoing failed too. */
export class SagaError extends Error {
  readonly step: string;
  readonly uncompensated: readonly string[];
  constructor(saga: string, step: string, uncompensated: readonly string[], cause: unknown) {
    const rest = uncompensated.length === 0 ? '' : `; not undone: ${uncompensated.join(', ')}`;
    super(`saga ${saga}: step ${step} failed${rest}`, {cause});
    this.name = 'SagaError';
    this.step = step;
    this.uncompensated = uncompensated;
  }
}

/**
 * Runs `steps` in order; when one fails, undoes the finished ones in reverse and rejects with a SagaError. A span for the
 * whole (`saga.outcome`: committed, compensated or partly_compensated), a child per step and per compensation.
 *
 * @example await saga('order', order, [{name: 'reserve', run: reserve, compensate: release}, {name: 'charge', run: charge}]);
 */
export function saga<State>(
  name: string,
  state: State,
  steps: readonly SagaStep<State>[],
  attributes: Attributes = {},
): Promise<State> {
  return traced(
    `saga ${name}`,
    {attributes: {'saga.name': name, 'saga.steps': steps.length, ...attributes}},
    async (whole) => {
      for (const [index, step] of steps.entries()) {
        try {
          await traced(
            `saga.step ${step.name}`,
            {attributes: {'saga.step': step.name, 'saga.step.index': index}},
            async () => step.run(state),
          );
        } catch (error) {
          whole.addEvent('saga.rollback', {'saga.failed_step': step.name, 'saga.completed_steps': index});
          const uncompensated = await compensate(steps.slice(0, index), state);
          whole.setAttribute('saga.outcome', uncompensated.length === 0 ? 'compensated' : 'partly_compensated');
          throw new SagaError(name, step.name, uncompensated, error);
        }
      }
      whole.setAttribute('saga.outcome', 'committed');
      return state;
    },
  );
}

/** Undoes finished steps, last first, each whatever became of the others. Returns the names of those that failed. */
async function compensate<State>(finished: readonly SagaStep<State>[], state: State): Promise<string[]> {
  const failed: string[] = [];
  for (const {name, compensate: undo} of finished.toReversed()) {
    if (undo === undefined) continue;
    try {
      await traced(`saga.compensate ${name}`, {attributes: {'saga.step': name, 'saga.compensation': true}}, async () =>
        undo(state),
      );
    } catch {
      failed.push(name); // Its span carries the error; the other steps must still be undone.
    }
  }
  return failed;
}
