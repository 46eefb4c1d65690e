/** What one component decides on sampling: it holds until the component goes, or its successor decides. */
import {defaultSamplingConfig, type Sampling} from '../sampling/index.ts';

export interface PartSampling {
  readonly sampling: Sampling;
  /** Whether another may decide in its place: it is about to go. */
  offer(isOffered: boolean): void;
  /** It decides again, because its successor could not start. */
  restore(): void;
  /** It has gone: where nobody has followed it, sampling is as without any configuration. */
  release(): void;
}

/** Makes those of components that may follow each other. */
export function createPartSampling(): (base: Sampling) => PartSampling {
  let owner: {isOffered: boolean} | undefined;
  return (base) => {
    const self = {isOffered: false};
    let decided: Sampling['config'] | undefined;
    const configure = (next: Sampling['config']): void => {
      owner = self;
      decided = next;
      base.configure(next);
    };
    return {
      sampling: Object.create(base, {
        config: {get: () => (owner?.isOffered ? defaultSamplingConfig : base.config)},
        configure: {value: configure},
      }),
      offer(isOffered) {
        self.isOffered = isOffered;
      },
      restore() {
        if (decided !== undefined && owner !== self) configure(decided);
      },
      release() {
        if (owner !== self) return;
        owner = undefined;
        base.configure(defaultSamplingConfig);
      },
    };
  };
}
