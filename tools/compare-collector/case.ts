/** One comparison: a configuration of some components, what is sent, and how what comes out is looked at. */
export type Signal = 'traces' | 'metrics' | 'logs';

/** An export request as OTLP JSON has it. */
export type Request = Readonly<Record<string, unknown>>;
export type Settings = Readonly<Record<string, unknown>>;

/** One body for the receiver of a case, in the order in which they are sent. */
export type Sent =
  | {readonly signal: Signal; readonly request: Request; readonly headers?: Readonly<Record<string, string>>}
  | {readonly port: string; readonly path: string; readonly contentType: string; readonly body: Uint8Array}
  | {readonly port: string; readonly datagram: Uint8Array}
  | {readonly port: string; readonly call: string; readonly message: Uint8Array}
  /** Milliseconds until the next. */
  | {readonly pause: number};

export interface Case {
  /** Unique: the components' type, and what the case is about. */
  readonly name: string;
  /** Types beside the receiver and exporter of OTLP, as `processor/filter`. */
  readonly needs: readonly string[];
  readonly config: (place: Place) => Part;
  readonly sent: readonly Sent[];
  /** Milliseconds after the last body until everything has come out; none: it has when the senders are answered. */
  readonly settle?: number;
  /** Names of fields that are never equal, such as times of points that are made. */
  readonly ignored?: readonly string[];
  /** Of items that are the same but for ignored fields and values, only the last counts: metrics that are told again and again. */
  readonly onlyLast?: boolean;
  /** How to read what comes out by other ways than the sink: what a scrape or a file says. */
  readonly read?: (place: Place) => Promise<readonly Item[]>;
}

/** What one side gives a case: a name of its own, ports, a directory, and where to send. */
export interface Place {
  readonly id: string;
  /** A free `127.0.0.1:PORT` for this name, always the same one. */
  address(name: string): string;
  readonly directory: string;
  /** URL that stands for `endpoint` of an exporter. */
  readonly sink: string;
}

/** A part of a configuration: components by their ids, pipelines by theirs. */
export interface Part {
  readonly receivers?: Readonly<Record<string, unknown>>;
  readonly processors?: Readonly<Record<string, unknown>>;
  readonly connectors?: Readonly<Record<string, unknown>>;
  readonly exporters?: Readonly<Record<string, unknown>>;
  readonly pipelines: Readonly<Record<string, Pipeline>>;
}

export interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters: readonly string[];
}

/** What became of a case at one side. */
export type Outcome =
  /** The configuration was refused. */
  | {readonly kind: 'refused'; readonly message: string}
  /** Statuses of the answers to what was sent, and what came out as readable items. */
  | {readonly kind: 'ran'; readonly answers: readonly string[]; readonly items: readonly Item[]};

/** A span, a log record, a point, or a line: plain values, maps by their keys. */
export type Item = Readonly<Record<string, unknown>>;

const all: readonly Signal[] = ['traces', 'metrics', 'logs'];

export const receiver = (place: Place) => ({
  [`otlp/${place.id}`]: {protocols: {http: {endpoint: place.address('otlp')}}},
});
/** `name` tells several of a case apart: what comes by it says so. */
export const exporter = (place: Place, name = '') => ({
  [`otlp_http/${place.id}${name}`]: {
    endpoint: `${place.sink}/${place.id}/${name}`,
    compression: 'none',
    sending_queue: {enabled: false},
    retry_on_failure: {enabled: false},
  },
});

type Rest = Pick<Case, 'settle' | 'ignored' | 'onlyLast'>;

/** OTLP → the processors, in order → OTLP. */
export function processors(
  name: string,
  list: readonly (readonly [type: string, settings: Settings])[],
  sent: readonly Sent[],
  rest: Rest = {},
): Case {
  const signals = all.filter((signal) => sent.some((one) => 'signal' in one && one.signal === signal));
  return {
    name,
    needs: list.map(([type]) => `processor/${type}`),
    config: (place) => {
      const ids = list.map(([type], index) => `${type}/${place.id}_${index}`);
      return {
        receivers: receiver(place),
        processors: Object.fromEntries(list.map(([, settings], index) => [ids[index], settings])),
        exporters: exporter(place),
        pipelines: Object.fromEntries(
          signals.map((signal) => [
            `${signal}/${place.id}`,
            {receivers: [`otlp/${place.id}`], processors: ids, exporters: [`otlp_http/${place.id}`]},
          ]),
        ),
      };
    },
    sent,
    ...rest,
  };
}

export const processor = (type: string, what: string, settings: Settings, sent: readonly Sent[], rest: Rest = {}) =>
  processors(`${type}: ${what}`, [[type, settings]], sent, rest);

/** OTLP → the connector → OTLP, between pipelines of these signals. */
export function connector(
  type: string,
  what: string,
  settings: Settings,
  [from, to]: readonly [Signal, Signal],
  sent: readonly Sent[],
  rest: Rest = {},
): Case {
  return {
    name: `${type}: ${what}`,
    needs: [`connector/${type}`],
    config: (place) => {
      const id = `${type}/${place.id}`;
      return {
        receivers: receiver(place),
        connectors: {[id]: settings},
        exporters: exporter(place),
        pipelines: {
          [`${from}/${place.id}`]: {receivers: [`otlp/${place.id}`], exporters: [id]},
          [`${to}/${place.id}_out`]: {receivers: [id], exporters: [`otlp_http/${place.id}`]},
        },
      };
    },
    sent,
    ...rest,
  };
}
