/**
 * A gRPC server's connections: their keep-alive, with the names and defaults of gRPC and the Collector; those that do not read
 * their answers; closing them all.
 */
import {constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream} from 'node:http2';
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
  /** Calls whose answers their caller has not taken, in the order of these, with when they were given. */
  readonly unread: Map<ServerHttp2Stream, number>;
}

export interface Sessions {
  /** The call is being answered: from now on it waits for its caller to read. */
  answered(stream: ServerHttp2Stream): void;
  /** Ends a connection that does what only an attacker does. */
  end(session: object): void;
  close(graceMs: number): Promise<void>;
}

/** Answers that may wait to be read, some 10 kB each: beyond this, the connection that leaves most of them is cut off. */
const maxUnread = 8192;
/** An answer is a few bytes: one that is not read for so long never will be. */
const unreadMs = 20_000;

/** Watches every connection of `server` from now on. */
export function watchSessions(server: Http2Server, keepAlive: KeepAlive): Sessions {
  const sessions = new Map<ServerHttp2Session, Watched>();
  let unread = 0;
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
      unread: new Map(),
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
      unread -= watched.unread.size;
      watched.unread.clear();
      if (sessions.size === 0) emptied?.();
    });
  });

  const timer = setInterval(() => {
    const now = performance.now();
    for (const watched of sessions.values()) tend(watched, now, keepAlive);
  }, 1000).unref();

  return {
    answered(stream) {
      const watched = stream.session && sessions.get(stream.session as ServerHttp2Session);
      if (watched === undefined) return;
      watched.unread.set(stream, performance.now());
      unread++;
      stream.once('close', () => {
        if (watched.unread.delete(stream)) unread--;
      });
      if (unread <= maxUnread) return;
      let worst = watched;
      for (const each of sessions.values()) if (each.unread.size > worst.unread.size) worst = each;
      destroy(worst);
    },
    end(session) {
      const watched = sessions.get(session as ServerHttp2Session);
      if (watched !== undefined) destroy(watched, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    },
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
function destroy({session, socket}: Watched, code: number = constants.NGHTTP2_NO_ERROR): void {
  session.destroy(undefined, code);
  socket?.destroy();
}

function tend(watched: Watched, now: number, keepAlive: KeepAlive): void {
  const {session} = watched;
  if (session.destroyed) return;
  const [oldest = now] = watched.unread.values();
  if (now - oldest > unreadMs) return destroy(watched);
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
