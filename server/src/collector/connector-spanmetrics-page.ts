/** One batch of span metrics on its way to be full: the series of one tenant, resource by resource. */
import {type TenantId, unixNanoFromMillis} from '../base/index.ts';
import {createMetricWriter, type MetricWriter} from '../model/index.ts';
import {type PointPlace, writeDurations} from './connector-durations.ts';
import type {Flushed} from './connector-flush.ts';
import type {Group} from './connector-spanmetrics-groups.ts';
import type {Counted} from './connector-spanmetrics-plan.ts';
import type {Taken} from './connector-spanmetrics-series.ts';

interface Row {
  readonly counted: Counted;
  readonly group: Group;
  readonly id: number;
}

export interface Page {
  readonly series: number;
  /** Series of one resource and set of labels come one after the other. */
  add(counted: Counted, group: Group, id: number): void;
  /** Their points. With delta temporality what was counted is taken out, and given back where the batch does not arrive. */
  end(): Flushed;
}

/** `now` in milliseconds since 1970. */
export function createPage(tenant: TenantId, now: number, isDelta: boolean): Page {
  const rows: Row[] = [];
  const time = unixNanoFromMillis(now);
  const takenBack: (() => void)[] = [];
  const pointOf = ({counted: {table}, id}: Row): Point => {
    const start = table.starts[id] as number;
    const exemplars = table.takeExemplars(id, time);
    const place = {attributes: table.attributes[id] ?? [], start: unixNanoFromMillis(start), time, exemplars};
    if (!isDelta) return {place, value: table.read(id)};
    const value = table.take(id);
    table.starts[id] = now;
    takenBack.push(() => {
      table.giveBack(id, value);
      table.starts[id] = start;
    });
    return {place, value};
  };
  return {
    get series() {
      return rows.length;
    },
    add(counted, group, id) {
      rows.push({counted, group, id});
    },
    end() {
      const writer = createMetricWriter();
      let group: Group | undefined;
      for (let from = 0; from < rows.length; ) {
        const first = rows[from] as Row;
        let to = from + 1;
        while (rows[to]?.group === first.group && rows[to]?.counted === first.counted) to++;
        if (first.group !== group) {
          group = first.group;
          writer.resource(group.attributes);
          writer.scope('spanmetricsconnector');
        }
        const points = rows.slice(from, to).map(pointOf);
        for (const {metric, value} of first.counted.metrics) {
          writer.metric(metric);
          for (const point of points) writePoint(writer, first.counted, value, point);
        }
        from = to;
      }
      return {
        tenant,
        batch: writer.batch,
        failed() {
          for (const giveBack of takenBack) giveBack();
        },
      };
    },
  };
}

interface Point {
  readonly place: PointPlace;
  readonly value: Taken;
}

function writePoint(
  writer: MetricWriter,
  {table}: Counted,
  what: Counted['metrics'][number]['value'],
  {place, value}: Point,
): void {
  if (what === 'count') writer.number({...place, value: BigInt(value.count)});
  else writeDurations(writer, place, value.durations, table.durations.bounds);
}
