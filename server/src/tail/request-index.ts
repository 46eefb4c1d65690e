/**
 * Where the spans of an encoded export request lie (an ExportTraceServiceRequest as `wire` writes it, fields in the order of their
 * numbers): nothing is decoded, so that a span can wait as the bytes that it came in. A hot path.
 */
import {enlarged} from '../base/index.ts';
import {ProtoReader} from '../model/index.ts';

/**
 * Numbers that tell of one ScopeSpans what of its resource and of its scope lies around the spans: the resource before and after
 * its scopes, the scope before and after its spans, each as (offset, length).
 */
export const originWords = 8;

export class RequestIndex {
  /** Of each ScopeSpans, `originWords` numbers. */
  origins = new Uint32Array(16 * originWords);
  originCount = 0;
  /** Of each span: the ScopeSpans it is in, and where its field begins and ends. */
  origin = new Uint32Array(512);
  start = new Uint32Array(512);
  end = new Uint32Array(512);
  count = 0;

  /** Reads `bytes`, whose offsets are told plus `shift`. */
  read(bytes: Uint8Array, shift = 0): void {
    this.originCount = this.count = 0;
    const reader = new ProtoReader(bytes);
    for (let at = 0; at < bytes.length; ) {
      at = reader.next(at, bytes.length);
      if (reader.tag === 0x0a) this.resource(reader, reader.from, at, shift);
    }
  }

  private resource(reader: ProtoReader, start: number, end: number, shift: number): void {
    let scopesFrom = end;
    let scopesTo = end;
    const first = this.originCount;
    for (let at = start; at < end; ) {
      const field = at;
      at = reader.next(at, end);
      if (reader.tag !== 0x12) continue;
      if (scopesFrom === end) scopesFrom = field;
      scopesTo = at;
      this.scope(reader, reader.from, at, shift);
    }
    for (let i = first; i < this.originCount; i++) {
      const word = i * originWords;
      this.origins[word] = start + shift;
      this.origins[word + 1] = scopesFrom - start;
      this.origins[word + 2] = scopesTo + shift;
      this.origins[word + 3] = end - scopesTo;
    }
  }

  private scope(reader: ProtoReader, start: number, end: number, shift: number): void {
    if (originWords * (this.originCount + 1) > this.origins.length) this.origins = enlarged(this.origins);
    const origin = this.originCount++;
    let spansFrom = end;
    let spansTo = end;
    for (let at = start; at < end; ) {
      const field = at;
      at = reader.next(at, end);
      if (reader.tag !== 0x12) continue;
      if (spansFrom === end) spansFrom = field;
      spansTo = at;
      if (this.count === this.origin.length) this.grow();
      const span = this.count++;
      this.origin[span] = origin;
      this.start[span] = field + shift;
      this.end[span] = at + shift;
    }
    const word = origin * originWords;
    this.origins[word + 4] = start + shift;
    this.origins[word + 5] = spansFrom - start;
    this.origins[word + 6] = spansTo + shift;
    this.origins[word + 7] = end - spansTo;
  }

  private grow(): void {
    this.origin = enlarged(this.origin);
    this.start = enlarged(this.start);
    this.end = enlarged(this.end);
  }
}

/** The first fields of a span, read in place. */
export class SpanHead {
  /** Where the message begins, behind tag and length. */
  from = 0;
  /** Where the trace id is; -1 where there is none. */
  traceId = -1;
  hasTraceState = false;
  hasParent = false;

  /** `field … end` is the span's field in its ScopeSpans. */
  read(bytes: Uint8Array, field: number, end: number): void {
    let at = field + 1;
    while ((bytes[at++] as number) > 127);
    this.from = at;
    this.traceId = -1;
    this.hasTraceState = false;
    if (at < end && bytes[at] === 0x0a && bytes[at + 1] === 16) {
      this.traceId = at + 2;
      at += 18;
    }
    if (at < end && bytes[at] === 0x12 && bytes[at + 1] === 8) at += 10;
    if (at < end && bytes[at] === 0x1a) {
      this.hasTraceState = true;
      let length = 0;
      let shift = 0;
      let byte = 0;
      do {
        byte = bytes[++at] as number;
        length |= (byte & 127) << shift;
        shift += 7;
      } while (byte > 127);
      at += 1 + length;
    }
    this.hasParent = at < end && bytes[at] === 0x22;
  }
}
