/**
 * What waits for a decision, on disk: a record for each request, until none of its spans waits any more, and records of decisions,
 * so that a process that comes after a `kill` knows what of those requests was dealt with.
 *
 *     1 byte kind, 8 bytes sequence number, 1 byte length of the tenant, the tenant, then
 *     requests: the export request        decisions: JSON, the traces by what became of them
 */
import {type Log, type TenantId, utf8, utf8Bytes} from '../base/index.ts';
import type {LogRecord, QueueLog} from '../pipeline/index.ts';
import type {HeldRecord} from './held-spans.ts';
import type {Mark} from './verdict.ts';

const kinds = {request: 1, decisions: 2} as const;
const headerBytes = 10;

/** A decision with the last request that it dealt with: spans of the trace in later ones wait, or come late. */
export interface JournalDecision {
  readonly traceId: Uint8Array;
  readonly upTo: number;
  readonly mark: Mark;
}

export type JournalEntry =
  | {readonly kind: 'request'; readonly tenant: TenantId; readonly request: Uint8Array; readonly record: HeldRecord}
  | {readonly kind: 'decisions'; readonly tenant: TenantId; readonly decisions: readonly JournalDecision[]};

interface Open {
  readonly seq: number;
  readonly isRequest: boolean;
  readonly log: LogRecord;
  isDone: boolean;
}

export class Journal {
  readonly #log: QueueLog;
  readonly #messages: Log;
  /** In the order in which they were written. */
  #open: Open[] = [];
  #seq = 1;
  readonly #confirming = new Set<Promise<void>>();

  constructor(log: QueueLog, messages: Log) {
    this.#log = log;
    this.#messages = messages;
  }

  get bytes(): number {
    return this.#log.bytes;
  }

  /** What an earlier process left, in the order in which it was written. To be called before anything else. */
  async *left(): AsyncIterable<JournalEntry> {
    for (const record of this.#log.left) {
      const payload = await this.#log.read(record);
      if (payload === undefined || payload.length < headerBytes) {
        this.#messages.error(
          {bytes: record.bytes, spans: record.items},
          'spans that waited for a decision are damaged on disk',
        );
        await this.#log.confirm(record);
        continue;
      }
      const seq = new DataView(payload.buffer, payload.byteOffset).getFloat64(1, true);
      this.#seq = Math.max(this.#seq, seq + 1);
      const nameEnd = headerBytes + (payload[9] as number);
      const tenant = utf8(payload, headerBytes, nameEnd - headerBytes) as TenantId;
      const body = payload.subarray(nameEnd);
      if (payload[0] === kinds.request) {
        yield {kind: 'request', tenant, request: body, record: this.#held(seq, record)};
      } else {
        this.#open.push({seq, isRequest: false, log: record, isDone: false});
        yield {kind: 'decisions', tenant, decisions: readDecisions(body)};
      }
    }
    this.#sweep();
  }

  /** Resolves when the request is safe, with what its spans are to be held under. Rejects with RetryableError. */
  async request(tenant: TenantId, request: Uint8Array, spans: number): Promise<HeldRecord> {
    const seq = this.#seq++;
    return this.#held(seq, await this.#log.append([header(kinds.request, seq, tenant), request], spans));
  }

  /** Nobody waits for it: a decision that is not written before a `kill` is made again. */
  decisions(tenant: TenantId, decisions: readonly JournalDecision[]): void {
    if (decisions.length === 0 || !this.#open.some(({isRequest, isDone}) => isRequest && !isDone)) return;
    // That of the last request.
    const seq = this.#seq - 1;
    const written = this.#log
      .append([header(kinds.decisions, seq, tenant), writeDecisions(decisions)], 0)
      .then((log) => {
        this.#open.push({seq, isRequest: false, log, isDone: false});
        this.#sweep();
      })
      .catch((error: unknown) =>
        this.#messages.warn({err: error}, 'decisions cannot be written: a kill would undo them'),
      )
      .finally(() => this.#confirming.delete(written));
    this.#confirming.add(written);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#confirming.size > 0) await Promise.all(this.#confirming);
  }

  async close(): Promise<void> {
    await this.settled();
    await this.#log.close();
  }

  #held(seq: number, log: LogRecord): HeldRecord {
    const open: Open = {seq, isRequest: true, log, isDone: false};
    this.#open.push(open);
    return {
      live: 0,
      seq,
      done: () => {
        open.isDone = true;
        this.#confirm(log);
        this.#sweep();
      },
    };
  }

  /** Decisions are needed as long as a request before them waits. */
  #sweep(): void {
    let from = 0;
    for (; from < this.#open.length; from++) {
      const {isRequest, isDone, log} = this.#open[from] as Open;
      if (isRequest && !isDone) break;
      if (!isRequest) this.#confirm(log);
    }
    if (from > 0) this.#open = this.#open.slice(from);
  }

  #confirm(record: LogRecord): void {
    const confirmed = this.#log
      .confirm(record)
      .catch((error: unknown) =>
        this.#messages.warn({err: error}, 'spans that were dealt with may be judged again after a restart'),
      )
      .finally(() => this.#confirming.delete(confirmed));
    this.#confirming.add(confirmed);
  }
}

function header(kind: number, seq: number, tenant: TenantId): Uint8Array {
  const name = utf8Bytes(tenant);
  const bytes = new Uint8Array(headerBytes + name.length);
  bytes[0] = kind;
  new DataView(bytes.buffer).setFloat64(1, seq, true);
  bytes[9] = name.length;
  bytes.set(name, headerBytes);
  return bytes;
}

interface WrittenMark {
  readonly mark: Mark;
  readonly of: readonly (readonly [id: string, upTo: number])[];
}

/** By mark, as JSON: there are few marks, and this is written once a decision and read once a crash. */
function writeDecisions(decisions: readonly JournalDecision[]): Uint8Array {
  const byMark = Map.groupBy(decisions, ({mark}) => mark);
  const written: WrittenMark[] = [...byMark].map(([mark, of]) => ({
    mark,
    of: of.map(({traceId, upTo}) => [Buffer.from(traceId).toString('base64'), upTo] as const),
  }));
  return utf8Bytes(JSON.stringify(written));
}

function readDecisions(body: Uint8Array): JournalDecision[] {
  const written = JSON.parse(utf8(body)) as readonly WrittenMark[];
  return written.flatMap(({mark, of}) =>
    of.map(([id, upTo]) => ({
      traceId: new Uint8Array(Buffer.from(id, 'base64')),
      upTo,
      mark: {...mark, subPolicy: mark.subPolicy, salt: mark.salt},
    })),
  );
}
