/**
 * The line between the supervisor and a process of the shop, over Node's IPC channel: the supervisor tells addresses,
 * faults and load; the process tells where it listens. A closed channel means that the
 * supervisor ended, by whatever cause, and the process ends.
 */
import {allFaults, type FaultId, type FaultSetting, type FaultSettings, faultSeconds, faultShare} from './faults.ts';
import type {LoadShape} from './load-shapes.ts';

/** Address book: the address of each part of the shop. */
export const peerNames = [
  'postgres',
  'redis',
  'kafka',
  'gateway',
  'order',
  'order-http',
  'inventory',
  'payment',
  'payment-canary',
  'notification',
  'provider',
] as const;
export type PeerName = (typeof peerNames)[number];
export type Peers = Readonly<Partial<Record<PeerName, string>>>;

export type ToProcess =
  | {readonly kind: 'peers'; readonly peers: Peers}
  | {readonly kind: 'faults'; readonly settings: FaultSettings; readonly revision: number}
  | {readonly kind: 'load'; readonly shape: LoadShape}
  | {readonly kind: 'stop'};

export type FromProcess =
  | {readonly kind: 'listening'; readonly peers: Peers; readonly note?: string}
  | {readonly kind: 'set-fault'; readonly id: FaultId; readonly setting: FaultSetting}
  | {readonly kind: 'set-load'; readonly shape: LoadShape}
  /** The faults of that revision are in force in this process. */
  | {readonly kind: 'faults-taken'; readonly revision: number}
  | {readonly kind: 'failed'; readonly message: string};

export interface Control {
  /** Resolves with the address once the supervisor knows it. */
  peer(name: PeerName): Promise<string>;
  /** The address of a part that is not always there. */
  optionalPeer(name: PeerName): string | undefined;
  readonly faults: FaultSettings;
  readonly load: LoadShape;
  /** The share, 0 to 1, of requests that the fault strikes now. */
  share(id: FaultId): number;
  /** Whether it strikes this request: a throw of the dice. */
  strikes(id: FaultId): boolean;
  /** Whether the fault's mend is in place. */
  isMended(id: FaultId): boolean;
  /** The fault's period, for one that has `seconds`. */
  milliseconds(id: FaultId): number;
  /** Calls `listener` after every change; the change counts as in force once what it returns has resolved. */
  onFaults(listener: () => Promise<void> | void): void;
  onLoad(listener: () => void): void;
  onStop(listener: () => Promise<void>): void;
  tell(message: FromProcess): void;
}

export function connectControl(): Control {
  let peers: Peers = {};
  let settings = allFaults('default');
  let load: LoadShape = 'steady';
  const waiting: (() => void)[] = [];
  const faultListeners: (() => Promise<void> | void)[] = [];
  const loadListeners: (() => void)[] = [];
  let stop = async (): Promise<void> => undefined;

  const receive = (message: ToProcess): void => {
    switch (message.kind) {
      case 'peers':
        peers = message.peers;
        for (const check of waiting.splice(0)) check();
        return;
      case 'faults':
        settings = message.settings;
        void Promise.allSettled(faultListeners.map((listener) => listener())).then(() =>
          process.send?.({kind: 'faults-taken', revision: message.revision} satisfies FromProcess),
        );
        return;
      case 'load':
        load = message.shape;
        for (const listener of loadListeners) listener();
        return;
      case 'stop':
        void stop().finally(() => process.exit(0));
    }
  };
  process.on('message', receive);
  process.on('disconnect', () => process.exit(0));

  const share = (id: FaultId): number => faultShare(id, settings[id]);
  return {
    peer: (name) =>
      new Promise((resolve) => {
        const check = (): void => {
          const address = peers[name];
          if (address === undefined) waiting.push(check);
          else resolve(address);
        };
        check();
      }),
    optionalPeer: (name) => peers[name],
    get faults() {
      return settings;
    },
    get load() {
      return load;
    },
    share,
    isMended: (id) => settings[id].mode === 'mended',
    strikes: (id) => Math.random() < share(id),
    milliseconds: (id) => (faultSeconds(id, settings[id]) ?? 0) * 1000,
    onFaults: (listener) => void faultListeners.push(listener),
    onLoad: (listener) => void loadListeners.push(listener),
    onStop: (listener) => {
      stop = listener;
    },
    tell: (message) => void process.send?.(message),
  };
}
