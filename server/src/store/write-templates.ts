/**
 * A span's attributes as an entry of a dictionary and the values that vary: see `span-text.ts`. Spans of one operation have the same
 * keys, and most of their values are of a handful; which are is learned from the spans. A hot path: `npm run bench:write`.
 */
import {type TenantId, utf8} from '../base/index.ts';
import {type Batch, type Lent, type ValueType, valueType} from '../model/index.ts';
import {ArrayColumn, ByteSink, DictionaryColumn, stringColumn} from '../native/index.ts';
import {fitsTemplate, mark} from './span-text.ts';
import {TypeLetters, writeValueText} from './value-text.ts';
import {Known} from './write-known.ts';
import type {SharedText, SpanTexts} from './write-span-texts.ts';

/** Distinct values that a key may have and still stand in templates. */
const maxDistinct = 12;
/** Bytes of a value in a template. */
const maxConstant = 256;
/** Templates of spans with the same keys; all templates; sets of keys. What exceeds these has values that vary, or the free form. */
const maxOfShape = 64;
const maxTemplates = 8192;
const maxShapes = 4096;
/** Bytes of a template; longer keys have the free form. */
const maxKeys = 16_384;
/** What was learned is forgotten this long after it has become too much: other spans may come now. */
const forgetMs = 60_000;

export class TemplateColumns {
  readonly template = new DictionaryColumn();
  readonly values = new ArrayColumn(stringColumn());
  private readonly texts: SpanTexts;
  private readonly shapes = new Map<number, Shape[]>();
  private shapeCount = 0;
  private templateCount = 0;
  private fullSince: number | undefined;
  /** The shape that the last span with a hint had. */
  private readonly guesses: (Shape | undefined)[] = [];
  private readonly free = new Template(Uint8Array.of(mark.free.charCodeAt(0)), []);
  private readonly none = new Template(new Uint8Array(0), []);
  /** Of the block: the dictionary is another one after each. */
  private block = 0;
  private readonly text = new ByteSink();
  private readonly letters = new TypeLetters();

  constructor(texts: SpanTexts) {
    this.texts = texts;
  }

  /** Appends a row with the attributes `from … from + count - 1`. Spans with the same `hint`, a small number, tend to have the same keys. */
  append(batch: Lent<Batch>, from: number, count: number, hint: number, tenant: TenantId): void {
    if (count === 0) {
      this.push(this.none);
      this.values.close(0);
      return;
    }
    let shape = this.guesses[hint];
    if (shape === undefined || !shape.matches(batch, from, count)) {
      shape = this.shapeOf(batch, from, count);
      this.guesses[hint] = shape;
    }
    if (shape === undefined || shape.isFree) return this.appendFree(batch, from, count, tenant);
    const template = shape.find(batch, from) ?? this.learn(shape, batch, from);
    this.texts.use(template, tenant);
    this.push(template);
    const {heap} = batch;
    const {words} = batch.attributes.columns.value;
    const {varying, places} = shape;
    const into = this.values.items.data;
    for (let i = 0; i < varying.length; i++) {
      const at = varying[i] as number;
      const row = from + at;
      if ((places[at] as Place).type === valueType.string) {
        into.string(heap.bytes, words[2 * row] as number, words[2 * row + 1] as number);
      } else this.appendText(batch, row);
    }
    this.values.close(varying.length + (shape.isExact ? this.appendExact(batch, from, count) : 0));
  }

  private push(template: Template): void {
    if (template.block !== this.block) {
      template.index = this.template.intern(template.bytes, 0, template.bytes.length);
      template.block = this.block;
    }
    this.template.push(template.index);
  }

  private appendText(batch: Lent<Batch>, row: number): void {
    this.text.reset();
    writeValueText(this.text, batch, row);
    this.values.items.data.string(this.text.bytes, 0, this.text.length);
  }

  /** What plain texts do not say, of all attributes of the span; returns how many values that is. */
  private appendExact(batch: Lent<Batch>, from: number, count: number): number {
    const {sink} = this.lettersOf(batch, from, count);
    if (sink.length === count) return 0;
    this.values.items.data.string(sink.bytes, count, sink.length - count);
    return 1;
  }

  private lettersOf(batch: Lent<Batch>, from: number, count: number): TypeLetters {
    this.letters.reset();
    for (let row = from; row < from + count; row++) this.letters.append(batch, row);
    this.letters.end();
    return this.letters;
  }

  private appendFree(batch: Lent<Batch>, from: number, count: number, tenant: TenantId): void {
    this.texts.use(this.free, tenant);
    this.push(this.free);
    const {key} = batch.attributes.columns;
    const into = this.values.items.data;
    const {sink} = this.lettersOf(batch, from, count);
    const exact = sink.length > count ? Uint8Array.from(sink.bytes.subarray(count, sink.length)) : undefined;
    const letters = Uint8Array.from(sink.bytes.subarray(0, count));
    for (let row = from; row < from + count; row++) {
      into.string(batch.heap.bytes, key.start(row), key.size(row));
      into.string(letters, row - from, 1);
      this.appendText(batch, row);
    }
    if (exact !== undefined) into.string(exact, 0, exact.length);
    this.values.close(3 * count + (exact === undefined ? 0 : 1));
  }

  /** Undefined where there are too many of them already. */
  private shapeOf(batch: Lent<Batch>, from: number, count: number): Shape | undefined {
    const {key, type} = batch.attributes.columns;
    const {bytes} = batch.heap;
    let hash = count;
    for (let row = from; row < from + count; row++) {
      const [start, size] = [key.start(row), key.size(row)];
      // Not of all bytes: whoever has chosen keys to be alike gets a longer list, which has a bound too.
      for (let i = 0; i < size; i += 3) hash = Math.imul(hash ^ (bytes[start + i] as number), 0x01000193);
      hash = Math.imul(hash ^ size ^ (type.get(row) << 16), 0x5bd1e995);
    }
    const known = this.shapes.get(hash);
    const found = known?.find((one) => one.matches(batch, from, count));
    if (found !== undefined) return found;
    if (this.shapeCount >= maxShapes || (known !== undefined && known.length >= 16)) {
      this.fullSince ??= performance.now();
      return undefined;
    }
    this.shapeCount++;
    const letters = this.lettersOf(batch, from, count).sink.bytes;
    const shape = new Shape(batch, from, count, letters);
    if (known === undefined) this.shapes.set(hash, [shape]);
    else known.push(shape);
    return shape;
  }

  /** The template of a span that has none yet. */
  private learn(shape: Shape, batch: Lent<Batch>, from: number): Template {
    if (this.templateCount >= maxTemplates) {
      this.fullSince ??= performance.now();
      this.templateCount -= shape.varyAll();
    }
    const texts = shape.places.map((_, i) => {
      this.text.reset();
      writeValueText(this.text, batch, from + i);
      return Uint8Array.from(this.text.bytes.subarray(0, this.text.length));
    });
    this.templateCount -= shape.look(texts);
    this.templateCount++;
    return shape.add(batch, from, texts);
  }

  reset(): void {
    this.template.reset();
    this.values.reset();
    this.block++;
    if (this.fullSince === undefined || performance.now() - this.fullSince < forgetMs) return;
    this.fullSince = undefined;
    this.shapes.clear();
    this.guesses.length = 0;
    this.shapeCount = 0;
    this.templateCount = 0;
  }
}

interface Place {
  readonly key: Known;
  readonly type: ValueType;
  /** The code of its type's letter. */
  readonly letter: number;
  varies: boolean;
  /** The texts that were seen, up to `maxDistinct`. */
  readonly seen: Set<string>;
}

/** The keys and types of spans, in order. */
class Shape {
  readonly places: readonly Place[];
  /** The places of those that vary, and of the others. */
  varying: number[] = [];
  private constant: number[] = [];
  readonly isFree: boolean;
  /** Whether some value has an exact one behind the others. */
  readonly isExact: boolean;
  private readonly isNested: boolean;
  private templates = new Map<number, Template[]>();
  private count = 0;
  private last: Template | undefined;

  constructor(batch: Lent<Batch>, from: number, count: number, letters: Uint8Array) {
    const {key, type} = batch.attributes.columns;
    this.places = Array.from({length: count}, (_, i) => ({
      key: new Known(Uint8Array.from(key.bytes(from + i, batch.heap))),
      type: type.get(from + i) as ValueType,
      letter: letters[i] as number,
      varies: isNested(type.get(from + i)),
      seen: new Set<string>(),
    }));
    const keys = this.places.map(({key: {bytes}}) => utf8(bytes, 0, bytes.length));
    this.isFree =
      keys.some((one) => !fitsTemplate(one, true)) ||
      new Set(keys).size < keys.length ||
      keys.reduce((sum, one) => sum + one.length, 0) > maxKeys;
    this.isNested = this.places.some((place) => isNested(place.type));
    this.isExact = this.places.some(({letter}) => letter === exactLetter);
    this.divide();
  }

  matches(batch: Lent<Batch>, from: number, count: number): boolean {
    const {places} = this;
    if (places.length !== count) return false;
    const {key, type} = batch.attributes.columns;
    const words = key.words;
    const types = type.data;
    const {bytes} = batch.heap;
    for (let i = 0; i < count; i++) {
      const place = places[i] as Place;
      const row = from + i;
      if (types[row] !== place.type) return false;
      if (!place.key.is(bytes, words[2 * row] as number, words[2 * row + 1] as number)) return false;
    }
    return !this.isNested || this.hasLetters(batch, from);
  }

  /** How a list or map is written depends on what is in it. */
  private hasLetters(batch: Lent<Batch>, from: number): boolean {
    return this.places.every((place, i) => {
      if (!isNested(place.type)) return true;
      nestedLetters.reset();
      nestedLetters.append(batch, from + i);
      return nestedLetters.sink.bytes[0] === place.letter;
    });
  }

  /** The template of a span of this shape, where it is known. */
  find(batch: Lent<Batch>, from: number): Template | undefined {
    if (this.last !== undefined && this.has(this.last, batch, from)) return this.last;
    const found = this.templates.get(this.hashOf(batch, from))?.find((one) => this.has(one, batch, from));
    if (found !== undefined) this.last = found;
    return found;
  }

  private has({values}: Template, batch: Lent<Batch>, from: number): boolean {
    const {words} = batch.attributes.columns.value;
    const {bytes} = batch.heap;
    const {constant} = this;
    for (let i = 0; i < constant.length; i++) {
      const row = from + (constant[i] as number);
      const [low, high] = [words[2 * row] as number, words[2 * row + 1] as number];
      const value = values[i] as Value;
      if (value.text === undefined ? low !== value.low || high !== value.high : !value.text.is(bytes, low, high))
        return false;
    }
    return true;
  }

  private hashOf(batch: Lent<Batch>, from: number): number {
    const {words} = batch.attributes.columns.value;
    const {bytes} = batch.heap;
    const {constant, places} = this;
    let hash = 0;
    for (let i = 0; i < constant.length; i++) {
      const at = constant[i] as number;
      const [low, high] = [words[2 * (from + at)] as number, words[2 * (from + at) + 1] as number];
      if ((places[at] as Place).type === valueType.string) {
        for (let j = 0; j < high; j++) hash = Math.imul(hash ^ (bytes[low + j] as number), 0x01000193);
      } else hash = Math.imul(hash ^ low, 0x5bd1e995);
      hash = Math.imul(hash ^ high, 0x01000193);
    }
    return hash;
  }

  /** Takes note of values that no template has; keys with too many vary from now on. Returns how many templates that ends. */
  look(texts: readonly Uint8Array[]): number {
    let ended = 0;
    for (const [i, place] of this.places.entries()) {
      if (place.varies) continue;
      const bytes = texts[i] as Uint8Array;
      const text = bytes.length > maxConstant ? undefined : utf8(bytes, 0, bytes.length);
      if (text !== undefined) place.seen.add(text);
      if (text !== undefined && fitsTemplate(text, false) && place.seen.size <= maxDistinct) continue;
      ended += this.vary([place]);
    }
    if (this.count < maxOfShape) return ended;
    const [most] = this.places.filter(({varies}) => !varies).sort((a, b) => b.seen.size - a.seen.size);
    return ended + (most === undefined ? 0 : this.vary([most]));
  }

  /** Returns how many templates that ends. */
  varyAll(): number {
    return this.vary(this.places);
  }

  private vary(places: readonly Place[]): number {
    const ended = this.count;
    for (const place of places) {
      place.varies = true;
      place.seen.clear();
    }
    this.templates = new Map();
    this.count = 0;
    this.last = undefined;
    this.divide();
    return ended;
  }

  private divide(): void {
    const all = [...this.places.keys()];
    this.varying = all.filter((i) => (this.places[i] as Place).varies);
    this.constant = all.filter((i) => !(this.places[i] as Place).varies);
  }

  add(batch: Lent<Batch>, from: number, texts: readonly Uint8Array[]): Template {
    const {words} = batch.attributes.columns.value;
    const values = this.constant.map((at): Value => {
      const row = from + at;
      const isText = (this.places[at] as Place).type === valueType.string;
      return {
        text: isText ? new Known(texts[at] as Uint8Array) : undefined,
        low: words[2 * row] as number,
        high: words[2 * row + 1] as number,
      };
    });
    const entries = this.places.map(({key, letter, varies}, i) =>
      Buffer.concat([
        Buffer.from(varies ? mark.varying : mark.constant),
        key.bytes,
        ...(varies ? [] : [Buffer.from('='), texts[i] as Uint8Array]),
        Buffer.from(mark.end),
        Uint8Array.of(letter),
      ]),
    );
    const template = new Template(new Uint8Array(Buffer.concat(entries)), values);
    const hash = this.hashOf(batch, from);
    const alike = this.templates.get(hash);
    if (alike === undefined) this.templates.set(hash, [template]);
    else alike.push(template);
    this.count++;
    this.last = template;
    return template;
  }
}

/** Of a key whose value stands in a template: its bytes where it is a string, else its two words. */
interface Value {
  readonly text: Known | undefined;
  readonly low: number;
  readonly high: number;
}

class Template implements SharedText {
  readonly bytes: Uint8Array;
  /** Of the places that do not vary, in order. */
  readonly values: readonly Value[];
  index = 0;
  block = -1;
  told: SharedText['told'];
  constructor(bytes: Uint8Array, values: readonly Value[]) {
    this.bytes = bytes;
    this.values = values;
  }
}

const nestedLetters = new TypeLetters();
const exactLetter = 'x'.charCodeAt(0);
const isNested = (type: number): boolean =>
  type === valueType.array || type === valueType.map || type === valueType.bytes;
