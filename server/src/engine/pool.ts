/**
 * The engine process's sessions: one runs one statement at a time. Each class of work has its own few, so that heavy
 * queries never hold up inserts, nor either the statement that cancels them.
 */
import {drainPending, Session} from 'chdb';
import {quote, quoteName} from './sql.ts';

export type SessionClass = 'read' | 'insert' | 'control';

export interface PoolOptions {
  readonly path: string;
  readonly connectionArgs: readonly string[];
  readonly sizes: Readonly<Record<SessionClass, number>>;
  /** How many may wait per class; one more is refused. */
  readonly maxWaiting: number;
  /** In force for a statement unless its request says otherwise; `running` of its class run at the same time, with it. */
  readonly settings: (kind: SessionClass, running: number) => Readonly<Record<string, string>>;
}

/** The state that a statement needs its session to have before it runs. */
export interface SessionState {
  readonly settings: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly database: string;
}

export class TooManyQueriesError extends Error {}

export class SessionPool {
  readonly #options: PoolOptions;
  readonly #idle: Record<SessionClass, PooledSession[]> = {read: [], insert: [], control: []};
  readonly #open: Record<SessionClass, number> = {read: 0, insert: 0, control: 0};
  readonly #waiting: Record<SessionClass, Waiter[]> = {read: [], insert: [], control: []};

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Opens the first session, and with it the data directory: throws code 76 while another process has it open. */
  open(): void {
    this.#release(this.#create('control'));
  }

  /**
   * Runs `work` on a session of the class once one is free. Rejects with `TooManyQueriesError` where too many wait already,
   * and with the signal's reason when it aborts before its turn.
   */
  async use<T>(kind: SessionClass, signal: AbortSignal, work: (session: PooledSession) => Promise<T>): Promise<T> {
    const session = await this.#acquire(kind, signal);
    session.base = this.#options.settings(kind, this.#open[kind] - this.#idle[kind].length);
    try {
      return await work(session);
    } catch (error) {
      // A SET may have failed half-way; what a killed statement had written so far would begin the next one's answer.
      session.spoiled = true;
      throw error;
    } finally {
      this.#release(session);
    }
  }

  /** Kills what runs, waits for it, and closes every session: the directory is free afterwards. */
  async close(): Promise<void> {
    const control = this.#create('control');
    await control.native.queryAsync("KILL QUERY WHERE query NOT LIKE 'KILL%' ASYNC").catch(() => {}); // best effort
    control.native.close();
    for (const kind of ['read', 'insert', 'control'] as const) {
      for (const session of this.#idle[kind].splice(0)) session.native.close();
    }
    await drainPending();
  }

  #acquire(kind: SessionClass, signal: AbortSignal): Promise<PooledSession> {
    signal.throwIfAborted();
    const idle = this.#idle[kind].pop();
    if (idle) return Promise.resolve(idle);
    if (this.#open[kind] < this.#options.sizes[kind]) return Promise.resolve(this.#create(kind));
    const waiting = this.#waiting[kind];
    if (waiting.length >= this.#options.maxWaiting) {
      throw new TooManyQueriesError(`Too many simultaneous queries: ${waiting.length} wait for a ${kind} session`);
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = (session) => {
        signal.removeEventListener('abort', onAbort);
        resolve(session);
      };
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, {once: true});
      waiting.push(waiter);
    });
  }

  #create(kind: SessionClass): PooledSession {
    const {path, connectionArgs} = this.#options;
    const session = new PooledSession(kind, new Session(path, {connectionArgs}));
    this.#open[kind]++;
    return session;
  }

  #release(session: PooledSession): void {
    const {kind} = session;
    const next = this.#waiting[kind].shift();
    if (session.spoiled) {
      this.#open[kind]--;
      session.native.close();
      if (next) next(this.#create(kind));
    } else if (next) next(session);
    else this.#idle[kind].push(session);
  }
}

type Waiter = (session: PooledSession) => void;

/** One native session, and what earlier statements left in it: it is brought to the state that the next one needs. */
export class PooledSession {
  readonly kind: SessionClass;
  readonly native: Session;
  /** To be closed rather than used again: what it was told cannot be taken back. */
  spoiled = false;
  /** In force unless the statement's request says otherwise. */
  base: Readonly<Record<string, string>> = {};
  #settings: Record<string, string> = {};
  #database = 'default';

  constructor(kind: SessionClass, native: Session) {
    this.kind = kind;
    this.native = native;
  }

  /**
   * The SET and USE statements that lead from the session's state to `state`, each ending with a semicolon; they count as
   * run. `readonly` comes last, as it forbids the others, and spoils the session.
   */
  preamble(state: SessionState): string {
    const wanted: Record<string, string> = {...this.base, ...state.settings};
    const changes: string[] = [];
    for (const [name, value] of Object.entries(wanted)) {
      if (this.#settings[name] !== value && name !== 'readonly') changes.push(`${name}=${quote(value)}`);
    }
    for (const name of Object.keys(this.#settings)) if (!(name in wanted)) changes.push(`${name}=DEFAULT`);
    for (const [name, value] of Object.entries(state.parameters)) changes.push(`param_${name}=${quote(value)}`);
    this.#settings = wanted;
    let text = state.database === this.#database ? '' : `USE ${quoteName(state.database)};`;
    this.#database = state.database;
    if (changes.length > 0) text += `SET ${changes.join(',')};`;
    if (wanted.readonly !== undefined && wanted.readonly !== '0') {
      this.spoiled = true;
      text += `SET readonly=${quote(wanted.readonly)};`;
    }
    return text;
  }
}
