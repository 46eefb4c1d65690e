import {expect, test} from 'vitest';
import {ProtoReader} from './proto-reader.ts';
import {ProtoWriter} from './proto-writer.ts';
import {seededRandom} from './testing.ts';

const first = Number(process.env.WEFT_SEED ?? 1);

test('protobuf writer: what is written is read, however often the buffer grows', () => {
  for (let seed = first; seed < first + 100; seed++) {
    const random = seededRandom(seed);
    const writer = new ProtoWriter(1);
    const fields = Array.from({length: 40}, () => ({
      number: 1 + Math.floor(random() ** 4 * (2 ** 29 - 2)),
      wire: Math.floor(random() * 4),
      low: Math.floor(random() ** 3 * 2 ** 32),
      high: random() < 0.5 ? 0 : Math.floor(random() ** 3 * 2 ** 32),
      bytes: Uint8Array.from({length: Math.floor(random() ** 3 * 400)}, () => random() * 256),
    }));
    for (const {number, wire, low, high, bytes} of fields.toReversed()) {
      const end = writer.length;
      if (wire === 0) writer.varint(low, high);
      else if (wire === 1) writer.fixed64(low, high);
      else if (wire === 2) writer.slice(bytes, 0, bytes.length);
      else writer.fixed32(low);
      if (wire === 2) writer.delimited(number, end);
      else writer.tag(number, wire === 3 ? 5 : (wire as 0 | 1));
    }
    const written = writer.finish();
    const reader = new ProtoReader(written);
    let at = 0;
    for (const {number, wire, low, high, bytes} of fields) {
      const before = `WEFT_SEED=${seed}, byte ${at}`;
      at = reader.next(at, written.length);
      expect(reader.tag >>> 3, before).toBe(number);
      if (wire === 0) expect([reader.low, reader.high], before).toEqual([low, high]);
      else if (wire === 1) {
        expect([reader.view.getUint32(reader.from, true), reader.view.getUint32(reader.from + 4, true)]).toEqual([
          low,
          high,
        ]);
      } else if (wire === 2) expect(Buffer.compare(written.subarray(reader.from, at), bytes), before).toBe(0);
      else expect(reader.view.getUint32(reader.from, true), before).toBe(low);
    }
    expect(at).toBe(written.length);
  }
});
