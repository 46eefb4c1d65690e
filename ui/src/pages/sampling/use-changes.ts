import {useMutation, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {queries, type SamplingResponse} from '../../api/index.ts';
import {ask, type Change, inverse} from './changes.ts';

/** One step that was taken: what it says, and what held before it. */
interface Step {
  readonly change: Change;
  readonly said: string;
  readonly before: SamplingResponse;
}

export interface Changes {
  /** Makes a change; `said` tells afterwards what was done. Resolves to whether it was made. */
  readonly make: (change: Change, said: string) => Promise<boolean>;
  /** Takes back the last change that was not taken back yet; nothing to take back is no fault. */
  readonly undo: () => void;
  readonly last: string | undefined;
  readonly busy: boolean;
  /** Asked for and not yet answered. */
  readonly pending: readonly Change[];
  readonly error: Error | undefined;
  /** Neither the last change nor a failure is told any longer; it can still be undone. */
  readonly hush: () => void;
}

/** Changes of sampling and levels, each of which can be undone, the last one first. */
export function useChanges(now: () => SamplingResponse | undefined): Changes {
  const client = useQueryClient();
  const {queryKey} = queries.sampling();
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [hushed, setHushed] = useState(false);
  const mutation = useMutation({
    async mutationFn(changes: readonly Change[]) {
      // An answer on its way tells of the time before.
      await client.cancelQueries({queryKey});
      for (const change of changes) {
        const outcome = await ask(change);
        client.setQueryData(queryKey, (held) => (held === undefined ? held : {...held, ...outcome}));
      }
    },
    // Not waited for: the change is made, and the key that takes it back must not be lost meanwhile.
    onSettled: () => void client.invalidateQueries({queryKey}),
  });
  const run = (changes: readonly Change[]): Promise<boolean> => {
    setHushed(false);
    return mutation.mutateAsync(changes).then(
      () => true,
      () => false, // `error` tells it
    );
  };
  const last = steps.at(-1);
  return {
    async make(change, said) {
      const before = now();
      if (before === undefined || !(await run([change]))) return false;
      setSteps((all) => [...all, {change, said, before}]);
      return true;
    },
    undo() {
      if (last === undefined || mutation.isPending) return;
      void run(inverse(last.change, last.before, Date.now())).then((done) => {
        if (done) setSteps((all) => all.filter((step) => step !== last));
      });
    },
    last: hushed ? undefined : last?.said,
    busy: mutation.isPending,
    pending: mutation.isPending ? mutation.variables : [],
    error: hushed ? undefined : (mutation.error ?? undefined),
    hush: () => setHushed(true),
  };
}
