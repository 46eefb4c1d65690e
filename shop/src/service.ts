/** The contract of every service: the context that its process passes in, its addresses, its stop. */
import type {Logger} from 'pino';
import type {Control, Peers} from './control.ts';

export interface ServiceContext {
  readonly control: Control;
  readonly log: Logger;
  /** The port of its first listener; 0 for any. */
  readonly port: number;
}
export interface Service {
  readonly peers: Peers;
  readonly note?: string;
  /** Stops taking work, lets what is under way finish within 2 s, closes its connections. */
  stop(): Promise<void>;
}
export type StartService = (context: ServiceContext) => Promise<Service>;
