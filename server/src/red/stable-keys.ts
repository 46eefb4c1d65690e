import {KeyTable, moveList} from './key-table.ts';

/**
 * Numbers for keys of bytes that stay the same as long as the key is known, so that other keys may be made of them. Numbers that have
 * become free are given to new keys.
 */
export class StableKeys {
  private readonly keys = new KeyTable();
  /** The number of each key, in the order of `keys`. */
  private readonly numbers: number[] = [];
  private readonly free: number[] = [];
  private next = 0;

  get count(): number {
    return this.keys.count;
  }

  /** All numbers are below this. */
  get end(): number {
    return this.next;
  }

  get keyBytes(): number {
    return this.keys.keyBytes;
  }

  /** The number of the key, or -1. */
  find(bytes: Uint8Array, start: number, length: number): number {
    const found = this.keys.find(bytes, start, length);
    return found < 0 ? -1 : (this.numbers[found] as number);
  }

  /** Adds the key that `find` has just not found. */
  add(bytes: Uint8Array, start: number, length: number): number {
    const number = this.free.pop() ?? this.next++;
    this.numbers[this.keys.add(bytes, start, length)] = number;
    return number;
  }

  /** Forgets the keys whose numbers `isGone` says; `gone` hears of each. Nothing may refer to them any more. */
  remove(isGone: (number: number) => boolean, gone: (number: number) => void): void {
    const moved = this.keys.retain((id) => !isGone(this.numbers[id] as number));
    if (moved === undefined) return;
    for (const [id, to] of moved.entries()) {
      if (to >= 0) continue;
      const number = this.numbers[id] as number;
      this.free.push(number);
      gone(number);
    }
    moveList(this.numbers, moved, this.keys.count);
  }
}
