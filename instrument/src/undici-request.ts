/**
 * undici's own object of a request, as far as it is used here. Its methods are called by the connection: those named `…Response…`
 * since undici 8, the others before.
 */
export type UndiciRequest = {headers?: unknown} & Partial<Record<Started | Received | Upgraded, Method>>;
type Started = 'onResponseStart' | 'onHeaders';
type Received = 'onResponseData' | 'onData';
type Upgraded = 'onRequestUpgrade' | 'onUpgrade';
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** How long a body may wait for its reader until nobody seems to read it. */
const patienceMillis = 1_000;

/**
 * Calls `unread` once when a part of the body has waited for a second, with the time that it has waited. undici stops
 * reading from the connection when its buffers are full, so a body that fits into them is never unread.
 */
export function watchReading(request: UndiciRequest, unread: (waitedMillis: number) => void): void {
  const started = request.onResponseStart === undefined ? 'onHeaders' : 'onResponseStart';
  const received = request.onResponseData === undefined ? 'onData' : 'onResponseData';
  const {[started]: start, [received]: receive} = request;
  if (start === undefined || receive === undefined) return;
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    waiting.delete(tell);
  };
  const tell = (): void => {
    stop();
    unread(performance.now() - since);
  };
  const wait = (): void => {
    stop();
    since = performance.now();
    timer = setTimeout(tell, patienceMillis).unref();
    if (waiting.size === 0) listenForExit();
    waiting.add(tell);
  };
  const look = (goesOn: unknown): unknown => {
    if (goesOn === false) wait();
    return goesOn;
  };
  request[started] = function responseStarts(this: unknown, status, headers, resume, ...rest) {
    const resumed = (): unknown => {
      stop();
      return (resume as () => unknown)();
    };
    return look(start.call(this, status, headers, typeof resume === 'function' ? resumed : resume, ...rest));
  };
  request[received] = function responseGoesOn(this: unknown, ...args) {
    return look(receive.apply(this, args));
  };
}

/** Calls `upgraded` with the status when the connection becomes another (WebSocket): undici says nothing of the request after that. */
export function watchUpgrade(request: UndiciRequest, upgraded: (status: unknown) => void): void {
  const name = request.onRequestUpgrade === undefined ? 'onUpgrade' : 'onRequestUpgrade';
  const {[name]: upgrade} = request;
  if (upgrade === undefined) return;
  request[name] = function connectionBecomesAnother(this: unknown, status, ...rest) {
    upgraded(status);
    return upgrade.call(this, status, ...rest);
  };
}

/** Bodies that wait now. An unread one does not keep the process alive, and is unread for certain when the process ends. */
const waiting = new Set<() => void>();
let listening = false;
function listenForExit(): void {
  if (listening) return;
  listening = true;
  const tellAll = (): void => {
    for (const tell of waiting) tell();
  };
  process.prependListener('beforeExit', tellAll);
  process.prependListener('exit', tellAll);
}

/** Removes headers of these names. undici has them as one list of names and values, and before version 6 as text. */
export function removeHeaders(request: UndiciRequest, names: readonly string[]): void {
  const {headers} = request;
  if (!Array.isArray(headers)) return;
  for (let at = headers.length - 2; at >= 0; at -= 2) {
    const name: unknown = headers[at];
    if (typeof name === 'string' && names.includes(name.toLowerCase())) headers.splice(at, 2);
  }
}
