/** Starts the shop's processes, tells them of each other, passes switches on, and stops them in order. */
import {type ChildProcess, fork} from 'node:child_process';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {FromProcess, PeerName, Peers, ToProcess} from './control.ts';
import type {FaultModes} from './faults.ts';
import type {LoadShape} from './load-shapes.ts';

export interface ProcessPlan {
  readonly name: string;
  /** Beside this file. */
  readonly script: string;
  readonly arguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The limit of its JavaScript heap, MiB. */
  readonly heapMegabytes: number;
}
export interface SupervisorOptions {
  readonly log: (name: string, line: string) => void;
  readonly peers: Peers;
  readonly faults: FaultModes;
  readonly load: LoadShape;
}
export interface Supervisor {
  /** Starts the process and resolves, with its note, once it listens. Rejects when it fails or ends before that. */
  start(plan: ProcessPlan): Promise<string | undefined>;
  /** Asks the process to stop, and kills it when it has not within the limit. */
  stop(name: string): Promise<void>;
  setFaults(modes: FaultModes): void;
  setLoad(shape: LoadShape): void;
  readonly peers: Peers;
  readonly faults: FaultModes;
  readonly load: LoadShape;
  readonly pids: Readonly<Record<string, number>>;
}

const stopMilliseconds = 4_500;

export function createSupervisor({log, ...initial}: SupervisorOptions): Supervisor {
  const children = new Map<string, ChildProcess>();
  let {peers, faults, load} = initial;

  const send = (child: ChildProcess, message: ToProcess): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  const broadcast = (message: ToProcess): void => {
    for (const child of children.values()) send(child, message);
  };

  function start(plan: ProcessPlan): Promise<string | undefined> {
    const child = fork(join(import.meta.dirname, plan.script), plan.arguments ?? [], {
      // A group of its own: Ctrl-C reaches the supervisor, which stops the others in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [`--max-old-space-size=${plan.heapMegabytes}`, '--disable-warning=ExperimentalWarning'],
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(tmpdir(), 'weft-shop-compile-cache'),
        KAFKAJS_NO_PARTITIONER_WARNING: '1',
        ...plan.env,
      },
    });
    children.set(plan.name, child);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({input: stream}).on('line', (line) => log(plan.name, line));
    }
    send(child, {kind: 'faults', modes: faults});
    send(child, {kind: 'load', shape: load});
    send(child, {kind: 'peers', peers});
    return new Promise((resolve, reject) => {
      child.on('message', (message: FromProcess) => {
        switch (message.kind) {
          case 'listening':
            peers = {...peers, ...message.peers};
            broadcast({kind: 'peers', peers});
            resolve(message.note);
            return;
          case 'set-fault':
            setFaults({...faults, [message.id]: message.mode});
            return;
          case 'set-load':
            setLoad(message.shape);
            return;
          case 'failed':
            reject(new Error(message.message));
        }
      });
      child.once('exit', (code, signal) => {
        if (children.get(plan.name) === child) children.delete(plan.name);
        reject(new Error(`${plan.name} ended before it listened (${signal ?? code})`));
      });
      child.once('error', reject);
    });
  }

  async function stop(name: string): Promise<void> {
    const child = children.get(name);
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
    send(child, {kind: 'stop'});
    await ended;
    clearTimeout(timer);
  }

  function setFaults(modes: FaultModes): void {
    faults = modes;
    broadcast({kind: 'faults', modes});
  }
  function setLoad(shape: LoadShape): void {
    load = shape;
    broadcast({kind: 'load', shape});
  }

  return {
    start,
    stop,
    setFaults,
    setLoad,
    get peers() {
      return peers;
    },
    get faults() {
      return faults;
    },
    get load() {
      return load;
    },
    get pids() {
      return Object.fromEntries([...children].map(([name, child]) => [name, child.pid ?? 0]));
    },
  };
}

export type {PeerName};
