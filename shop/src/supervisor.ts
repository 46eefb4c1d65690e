/** Starts the shop's processes, tells them of each other, passes switches on, and stops them in order. */
import {type ChildProcess, fork} from 'node:child_process';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {FromProcess, Peers, ToProcess} from './control.ts';
import type {FaultSettings} from './faults.ts';
import type {LoadShape} from './load-shapes.ts';

export interface ProcessPlan {
  readonly name: string;
  /** Beside this file. */
  readonly script: string;
  readonly arguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The limit of its JavaScript heap, MiB. */
  readonly heapMegabytes: number;
  /** Started again, on the same port, when it ends without having been told to. */
  readonly restart?: boolean;
}
export interface SupervisorOptions {
  readonly log: (name: string, line: string) => void;
  readonly peers: Peers;
  readonly faults: FaultSettings;
  readonly load: LoadShape;
}
export interface Supervisor {
  /** Starts the process and resolves, with its note, once it listens. Rejects when it fails or ends before that. */
  start(plan: ProcessPlan): Promise<string | undefined>;
  /** Asks the process to stop, and kills it when it has not within the limit. */
  stop(name: string): Promise<void>;
  /** Stops one group of processes after the other; nothing starts from then on. */
  stopAll(groups: readonly (readonly string[])[]): Promise<void>;
  /** Resolves once the change is in force in every process. */
  setFaults(settings: FaultSettings): Promise<void>;
  /** Called after every change of the faults. */
  onFaults(listener: () => Promise<void>): void;
  setLoad(shape: LoadShape): void;
  readonly peers: Peers;
  readonly faults: FaultSettings;
  readonly load: LoadShape;
  readonly pids: Readonly<Record<string, number>>;
}

const stopMilliseconds = 4_500;
const restartMilliseconds = 1_000;
/** Lines of a process's standard error that are told when it ends before it listens. */
const maxLastWords = 20;
const lastWordsMilliseconds = 500;

export function createSupervisor({log, ...initial}: SupervisorOptions): Supervisor {
  const children = new Map<string, ChildProcess>();
  const stopping = new Set<string>();
  const faultListeners: (() => Promise<void>)[] = [];
  let {peers, faults, load} = initial;
  let closed = false;
  let revision = 0;
  /** Process → the last revision of the faults that it has taken. */
  const taken = new Map<string, number>();
  const waiting: (() => void)[] = [];

  const send = (child: ChildProcess, message: ToProcess): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  const broadcast = (message: ToProcess): void => {
    for (const child of children.values()) send(child, message);
  };

  function start(plan: ProcessPlan): Promise<string | undefined> {
    if (closed) return Promise.reject(new Error(`${plan.name} is not started: the shop stops`));
    const child = fork(join(import.meta.dirname, plan.script), plan.arguments ?? [], {
      // A group of its own: Ctrl-C reaches the supervisor, which stops the others in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // KafkaJS sets timers that lie in the past; Node warns of each process once.
      execArgv: [
        `--max-old-space-size=${plan.heapMegabytes}`,
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=TimeoutNegativeWarning',
      ],
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(tmpdir(), 'weft-shop-compile-cache'),
        KAFKAJS_NO_PARTITIONER_WARNING: '1',
        ...plan.env,
      },
    });
    children.set(plan.name, child);
    const lastWords: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({input: stream}).on('line', (line) => {
        log(plan.name, line);
        if (stream === child.stderr && lastWords.push(line) > maxLastWords) lastWords.shift();
      });
    }
    send(child, {kind: 'faults', settings: faults, revision});
    send(child, {kind: 'load', shape: load});
    send(child, {kind: 'peers', peers});
    stopping.delete(plan.name);
    let announced: Peers = {};
    return new Promise((resolve, reject) => {
      child.on('message', (message: FromProcess) => {
        switch (message.kind) {
          case 'listening':
            announced = message.peers;
            peers = {...peers, ...message.peers};
            broadcast({kind: 'peers', peers});
            resolve(message.note);
            return;
          case 'set-fault':
            void setFaults({...faults, [message.id]: message.setting});
            return;
          case 'set-load':
            setLoad(message.shape);
            return;
          case 'faults-taken':
            taken.set(plan.name, message.revision);
            for (const check of waiting.splice(0)) check();
            return;
          case 'failed':
            reject(new Error(message.message));
        }
      });
      child.once('exit', (code, signal) => {
        children.delete(plan.name);
        taken.delete(plan.name);
        for (const check of waiting.splice(0)) check();
        peers = Object.fromEntries(Object.entries(peers).filter(([name]) => !Object.hasOwn(announced, name)));
        broadcast({kind: 'peers', peers});
        const why = `${plan.name} ended (${signal ?? code})`;
        const fail = (): void => reject(new Error([why, ...lastWords].join('\n')));
        child.once('close', fail); // After its last line; the timer is for a pipe that a grandchild still holds.
        setTimeout(fail, lastWordsMilliseconds);
        const [address] = Object.values(announced);
        if (closed || address === undefined || stopping.has(plan.name) || plan.restart !== true) return;
        log('supervisor', `${why}; it is started again`);
        const port = address.slice(address.lastIndexOf(':') + 1);
        setTimeout(() => {
          start({...plan, env: {...plan.env, SHOP_PORT: port}}).catch((error: Error) =>
            log('supervisor', error.message),
          );
        }, restartMilliseconds);
      });
      child.once('error', reject);
    });
  }

  async function stop(name: string): Promise<void> {
    stopping.add(name);
    const child = children.get(name);
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
    send(child, {kind: 'stop'});
    await ended;
    clearTimeout(timer);
  }

  async function stopAll(groups: readonly (readonly string[])[]): Promise<void> {
    closed = true;
    for (const group of groups) await Promise.all(group.map(stop));
  }

  function setFaults(settings: FaultSettings): Promise<void> {
    faults = settings;
    const wanted = ++revision;
    broadcast({kind: 'faults', settings, revision});
    const listened = Promise.all(faultListeners.map((listener) => listener()));
    const isInForce = (): boolean => [...children.keys()].every((name) => (taken.get(name) ?? 0) >= wanted);
    return new Promise((resolve) => {
      const check = (): void => {
        if (isInForce()) void listened.then(() => resolve());
        else waiting.push(check);
      };
      check();
    });
  }
  function setLoad(shape: LoadShape): void {
    load = shape;
    broadcast({kind: 'load', shape});
  }

  return {
    start,
    stop,
    stopAll,
    setFaults,
    onFaults: (listener) => void faultListeners.push(listener),
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
