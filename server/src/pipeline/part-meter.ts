/**
 * The meter of one instance of a component. The series of the process's meter go by id, as the Collector's do, and are those of
 * every instance of the id together; what this one counts is also in a meter of its own.
 */
import type {Family, Gauge, Labels, Meter} from '../base/index.ts';

export interface PartMeter {
  readonly meter: Meter;
  /** Its gauges are read again, where another instance had taken them over and is gone. */
  restore(): void;
  /** Nothing reads it any more; a gauge that nobody has taken over is 0. */
  release(): void;
}

type Read = () => number;
const nothing: Read = () => 0;

/**
 * Makes the meters of instances. Those of one `own` follow each other, and the last one's gauges are shown; a gauge of several
 * `own` is their sum.
 */
export function createPartMeters(): (meter: Meter, own: Meter) => PartMeter {
  const readers = new WeakMap<Gauge, Map<Meter, Read>>();
  const readersOf = (shared: Gauge): Map<Meter, Read> => {
    let known = readers.get(shared);
    if (known === undefined) {
      const all = new Map<Meter, Read>();
      readers.set(shared, (known = all));
      shared.observe(() => [...all.values()].reduce((sum, read) => sum + read(), 0));
    }
    return known;
  };
  return (meter, own) => {
    const observed: {readonly all: Map<Meter, Read>; readonly mine: Gauge; readonly read: Read}[] = [];
    let isReleased = false;
    const show = (all: Map<Meter, Read>, mine: Gauge, read: Read): void => {
      all.set(own, read);
      mine.observe(read);
    };
    const watched = (shared: Gauge, mine: Gauge): Gauge => {
      const all = readersOf(shared);
      let value = 0;
      const current: Read = () => value;
      const observe = (read: Read): void => {
        if (isReleased) return;
        if (!observed.some((each) => each.mine === mine && each.read === read)) observed.push({all, mine, read});
        show(all, mine, read);
      };
      return {
        observe,
        set(next) {
          value = next;
          if (all.get(own) !== current) observe(current);
        },
        add(more) {
          value += more;
          if (all.get(own) !== current) observe(current);
        },
      };
    };
    const gauges = new Map<Gauge, Gauge>();
    return {
      meter: {
        counter(name, help) {
          const [shared, mine] = [meter.counter(name, help), own.counter(name, help)];
          return both(shared, mine, (a, b) => ({
            add(value) {
              a.add(value);
              b.add(value);
            },
          }));
        },
        gauge: (name, help) => ({
          with(labels) {
            const shared = meter.gauge(name, help).with(labels);
            let gauge = gauges.get(shared);
            if (gauge === undefined) gauges.set(shared, (gauge = watched(shared, own.gauge(name, help).with(labels))));
            return gauge;
          },
        }),
        histogram(name, help, bounds) {
          const [shared, mine] = [meter.histogram(name, help, bounds), own.histogram(name, help, bounds)];
          return both(shared, mine, (a, b) => ({
            record(value) {
              a.record(value);
              b.record(value);
            },
          }));
        },
        read: () => meter.read(),
      },
      restore() {
        for (const {all, mine, read} of observed) show(all, mine, read);
      },
      release() {
        for (const {all, mine, read} of observed) if (all.get(own) === read) show(all, mine, nothing);
        observed.length = 0;
        isReleased = true;
      },
    };
  };
}

const both = <S>(shared: Family<S>, mine: Family<S>, join: (shared: S, mine: S) => S): Family<S> => ({
  with: (labels: Labels) => join(shared.with(labels), mine.with(labels)),
});
