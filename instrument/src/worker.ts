import {type Carrier, packContext, runInContext} from './carrier.ts';

/** A message with the context it was sent in. */
type Envelope = {readonly weftContext: Carrier; readonly message: unknown};

/** The sending half of a Worker, a MessagePort or `parentPort`. */
export type Sender = {postMessage(value: unknown, transfer?: readonly never[]): void};

/** The receiving half of a Worker, a MessagePort or `parentPort`. */
export type Receiver = {on(event: 'message', listener: (value: unknown) => void): unknown};

/** Posts `message` so that `onMessage` on the other thread handles it in the context that is active here. */
export function postMessage(port: Sender, message: unknown, transfer: readonly unknown[] = []): void {
  port.postMessage({weftContext: packContext(), message} satisfies Envelope, transfer as readonly never[]);
}

/** Handles what `postMessage` sent, each message in its sender's context. A message sent without it is handled plainly. */
export function onMessage(port: Receiver, handle: (message: unknown) => void): void {
  port.on('message', (value) => {
    if (isEnvelope(value)) runInContext(value.weftContext, () => handle(value.message));
    else handle(value);
  });
}

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' && value !== null && 'weftContext' in value && 'message' in value;
