/** A process that stores spans, to be killed: `storing-main.ts`, seen from the one that starts it. */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import type {TenantId} from '../../server/src/base/index.ts';
import type {Span} from './span.ts';

/** What it is sent, and answers with the number of when that is acknowledged. */
export interface Sent {
  readonly number: number;
  readonly tenant: TenantId;
  readonly spans: readonly Span[];
}

export interface StoringProcess {
  /** Resolves when all of it is acknowledged. */
  send(spans: readonly Span[], atOnce: number): Promise<void>;
  /** `kill -9`. Resolves when it is gone; its engine ends by itself. */
  kill(): Promise<void>;
}

/** `now` in milliseconds since 1970, which is its time all along. */
export async function startStoringProcess(directory: string, now: number): Promise<StoringProcess> {
  const child = fork(join(import.meta.dirname, 'storing-main.ts'), [directory, String(now)], {
    serialization: 'advanced',
    stdio: 'inherit',
  });
  const ended = once(child, 'exit');
  const waiting = new Map<number, () => void>();
  let number = 0;
  const gone = ended.then(([code, signal]) => {
    throw new Error(`the storing process ended by itself: ${code ?? signal}`);
  });
  gone.catch(() => {}); // told to whoever waits
  await Promise.race([once(child, 'message'), gone]);
  child.on('message', (acknowledged: number) => {
    waiting.get(acknowledged)?.();
    waiting.delete(acknowledged);
  });
  return {
    async send(spans, atOnce) {
      const acknowledged: Promise<void>[] = [];
      for (const [tenant, list] of Map.groupBy(spans, (span) => span.tenant)) {
        for (let from = 0; from < list.length; from += atOnce) {
          const sent: Sent = {number: ++number, tenant, spans: list.slice(from, from + atOnce)};
          acknowledged.push(new Promise((resolve) => waiting.set(sent.number, resolve)));
          child.send(sent);
        }
      }
      await Promise.race([Promise.all(acknowledged), gone]);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
