/** The members of a load-balanced fleet: a list, or the addresses of a name. */
import {lookup} from 'node:dns/promises';
import {isIP} from 'node:net';
import {errorMessage} from '../base/index.ts';
import type {Settings} from '../pipeline/index.ts';

export interface Resolver {
  /** Gives the members, sorted, to `onChange`, now and whenever others are found. Resolves after the first attempt. */
  start(onChange: (endpoints: readonly string[]) => void): Promise<void>;
  stop(): void;
}

interface Meters {
  resolved(success: boolean): void;
  changed(count: number): void;
}

function metersOf({meter}: Settings, resolver: string): Meters {
  const resolutions = meter.counter(
    'otelcol_loadbalancer_num_resolutions',
    'Number of times the resolver has triggered new resolutions.',
  );
  const updates = meter
    .counter('otelcol_loadbalancer_num_backend_updates', 'Number of times the list of backends was updated.')
    .with({resolver});
  const backends = meter
    .gauge('otelcol_loadbalancer_num_backends', 'Current number of backends in use.')
    .with({resolver});
  return {
    resolved: (success) => resolutions.with({resolver, success: String(success)}).add(1),
    changed(count) {
      backends.set(count);
      updates.add(1);
    },
  };
}

export function staticResolver(settings: Settings, hostnames: readonly string[]): Resolver {
  const meters = metersOf(settings, 'static');
  return {
    async start(onChange) {
      meters.resolved(true);
      meters.changed(hostnames.length);
      onChange(hostnames.toSorted());
    },
    stop() {},
  };
}

export interface DnsOptions {
  readonly hostname: string;
  /** Undefined: the members have the usual port. */
  readonly port: number | undefined;
  readonly interval: number;
  readonly timeout: number;
}

type Lookup = (hostname: string) => Promise<readonly {readonly address: string}[]>;
const systemLookup: Lookup = (hostname) => lookup(hostname, {all: true});

/** What was found last holds while the name cannot be resolved. `find` is for tests. */
export function dnsResolver(settings: Settings, options: DnsOptions, find: Lookup = systemLookup): Resolver {
  const meters = metersOf(settings, 'dns');
  let known = '';
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const resolve = async (onChange: (endpoints: readonly string[]) => void): Promise<void> => {
    try {
      const found = await within(options.timeout, find(options.hostname));
      if (stopped) return;
      meters.resolved(true);
      const endpoints = [...new Set(found.map(({address}) => endpointOf(address, options.port)))].toSorted();
      if (endpoints.length === 0) throw new Error('it has no addresses');
      if (endpoints.join() === known) return;
      known = endpoints.join();
      meters.changed(endpoints.length);
      onChange(endpoints);
    } catch (error) {
      if (stopped) return;
      meters.resolved(false);
      settings.log.warn({hostname: options.hostname, error: errorMessage(error)}, 'the members cannot be looked up');
    }
  };
  return {
    async start(onChange) {
      await resolve(onChange);
      const again = (): void => {
        if (stopped) return;
        timer = setTimeout(() => void resolve(onChange).finally(again), options.interval);
      };
      again();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function endpointOf(address: string, port: number | undefined): string {
  const host = isIP(address) === 6 ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
