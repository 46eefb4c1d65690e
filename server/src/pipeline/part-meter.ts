/** The meter of one component: gauges that read it stop doing so when it goes, and are those of its successor meanwhile. */
import type {Gauge, Labels, Meter} from '../base/index.ts';

export interface PartMeter {
  readonly meter: Meter;
  /** Its gauges are read again, where another instance had taken them over and is gone. */
  restore(): void;
  /** Nothing reads it any more; a gauge that nobody has taken over is 0. */
  release(): void;
}

const nothing = (): number => 0;

/** Makes the meters of components that may follow each other. */
export function createPartMeters(): (meter: Meter) => PartMeter {
  const readers = new WeakMap<Gauge, () => number>();
  const observe = (gauge: Gauge, read: () => number): void => {
    readers.set(gauge, read);
    gauge.observe(read);
  };
  return (meter) => {
    const own: {readonly gauge: Gauge; readonly read: () => number}[] = [];
    const watched = (gauge: Gauge): Gauge => ({
      set: (value) => gauge.set(value),
      add: (value) => gauge.add(value),
      observe(read) {
        own.push({gauge, read});
        observe(gauge, read);
      },
    });
    return {
      meter: {
        ...meter,
        gauge: (name, help) => ({with: (labels: Labels) => watched(meter.gauge(name, help).with(labels))}),
      },
      restore() {
        for (const {gauge, read} of own) observe(gauge, read);
      },
      release() {
        for (const {gauge, read} of own) if (readers.get(gauge) === read) observe(gauge, nothing);
        own.length = 0;
      },
    };
  };
}
