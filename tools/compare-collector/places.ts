/** Places for cases: ports that were free a moment ago, a directory, and names. */
import {mkdirSync} from 'node:fs';
import {createServer, type Server} from 'node:net';
import {join} from 'node:path';
import type {Case, Place} from './case.ts';

export interface Placed {
  readonly one: Case;
  readonly place: Place;
}

/** Ports that a case may need: of its receivers and exporters. */
const portsOfCase = 3;

export async function createPlaces(cases: readonly Case[], directory: string, sink: string): Promise<Placed[]> {
  const ports = await freePorts(cases.length * portsOfCase);
  return cases.map((one, index) => {
    const id = `c${index}`;
    const mine = ports.slice(index * portsOfCase, (index + 1) * portsOfCase);
    const named = new Map<string, number>();
    const own = join(directory, id);
    mkdirSync(own, {recursive: true});
    const place: Place = {
      id,
      directory: own,
      sink,
      address: (name) => {
        const port = named.get(name) ?? mine[named.size];
        if (port === undefined) throw new Error(`BUG: ${one.name} needs more than ${portsOfCase} ports`);
        named.set(name, port);
        return `127.0.0.1:${port}`;
      },
    };
    return {one, place};
  });
}

/** Below the ports that the system gives to outgoing connections, which would take them in the meantime. */
const [lowest, highest] = [20_000, 32_000];

/** All taken at once, so that none comes twice, and given back. */
async function freePorts(count: number): Promise<number[]> {
  const taken = new Map<number, Server>();
  while (taken.size < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer();
    const free = await new Promise<boolean>((resolve) =>
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
    );
    if (free) taken.set(port, server);
  }
  await Promise.all([...taken.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  return [...taken.keys()];
}

/** The configuration of all cases together; JSON is YAML. */
export function configOf(placed: readonly Placed[]): string {
  const sections: Record<string, Record<string, unknown>> = {};
  const pipelines: Record<string, unknown> = {};
  for (const {one, place} of placed) {
    const {pipelines: own, ...parts} = one.config(place);
    for (const [section, components] of Object.entries(parts)) Object.assign((sections[section] ??= {}), components);
    Object.assign(pipelines, own);
  }
  const telemetry = {metrics: {level: 'none'}, logs: {level: 'info', encoding: 'json'}};
  // Settings are meant as they stand: a dollar is none that expands.
  return JSON.stringify({...sections, service: {telemetry, pipelines}}).replaceAll('$', '$$$$');
}
