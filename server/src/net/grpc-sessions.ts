/** Keep-alive of a gRPC server's connections, and closing them all. Names and defaults are those of gRPC and the Collector. */
import type {Http2Server, ServerHttp2Session} from 'node:http2';
import type {Socket} from 'node:net';

export interface KeepAlive {
  /** A connection without calls for so long is closed; 0: never. */
  readonly maxConnectionIdleMs: number;
  /** A connection is closed at this age (give or take a tenth); 0: never. */
  readonly maxConnectionAgeMs: number;
  /** How long calls may go on on a connection that is being closed for its age; 0: for ever. */
  readonly maxConnectionAgeGraceMs: number;
  /** How often a connection is asked whether it still lives. */
  readonly timeMs: number;
  /** How long it may take to answer. */
  readonly timeoutMs: number;
}

interface Watched {
  readonly session: ServerHttp2Session;
  readonly socket: Socket | undefined;
  readonly maxAge: number;
  readonly since: number;
  calls: number;
  idleSince: number;
  pingedAt: number;
  closingSince: number | undefined;
}

/** Watches every connection of `server` from now on. */
export function watchSessions(server: Http2Server, keepAlive: KeepAlive): {close(graceMs: number): Promise<void>} {
  const sessions = new Map<ServerHttp2Session, Watched>();
  let emptied: (() => void) | undefined;
  /** A session begins within the event that brings its socket, and does not hand it out itself. */
  let newest: Socket | undefined;
  for (const event of ['connection', 'secureConnection']) {
    server.prependListener(event, (socket: Socket) => {
      newest = socket;
    });
  }

  server.on('session', (session) => {
    const now = performance.now();
    const maxAge = keepAlive.maxConnectionAgeMs * (0.9 + 0.2 * Math.random());
    const watched = {
      session,
      socket: newest,
      maxAge,
      since: now,
      calls: 0,
      idleSince: now,
      pingedAt: now,
      closingSince: undefined,
    };
    sessions.set(session, watched);
    session.on('stream', (stream) => {
      watched.calls++;
      stream.once('close', () => {
        watched.calls--;
        watched.idleSince = performance.now();
      });
    });
    session.once('close', () => {
      sessions.delete(session);
      if (sessions.size === 0) emptied?.();
    });
  });

  const timer = setInterval(() => {
    const now = performance.now();
    for (const watched of sessions.values()) tend(watched, now, keepAlive);
  }, 1000).unref();

  return {
    async close(graceMs) {
      for (const session of sessions.keys()) session.close();
      if (sessions.size > 0) {
        const {promise, resolve} = Promise.withResolvers<void>();
        emptied = resolve;
        const limit = setTimeout(() => {
          for (const watched of sessions.values()) destroy(watched);
        }, graceMs);
        await promise;
        clearTimeout(limit);
      }
      clearInterval(timer);
    },
  };
}

/** A session that is closing would wait for its peer to hang up. */
function destroy({session, socket}: Watched): void {
  session.destroy();
  socket?.destroy();
}

function tend(watched: Watched, now: number, keepAlive: KeepAlive): void {
  const {session} = watched;
  if (session.destroyed) return;
  if (watched.closingSince !== undefined) {
    const grace = keepAlive.maxConnectionAgeGraceMs;
    if (grace > 0 && now - watched.closingSince > grace) destroy(watched);
    return;
  }
  const idle =
    keepAlive.maxConnectionIdleMs > 0 && watched.calls === 0 && now - watched.idleSince > keepAlive.maxConnectionIdleMs;
  if (idle || (watched.maxAge > 0 && now - watched.since > watched.maxAge)) {
    watched.closingSince = now;
    session.close();
  } else if (now - watched.pingedAt > keepAlive.timeMs) {
    watched.pingedAt = now;
    const limit = setTimeout(() => destroy(watched), keepAlive.timeoutMs).unref();
    session.ping(() => clearTimeout(limit));
  }
}
