import type {Heap} from '../model/index.ts';

/** Texts that a decoder adds to what it was sent: each is appended to the batch's heap once, with its first use. */
export class HeapConstants {
  private readonly heap: Heap;
  private readonly starts = new Map<Uint8Array, number>();

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Where the text, always the same array, starts in the heap. */
  start(text: Uint8Array): number {
    let start = this.starts.get(text);
    if (start === undefined) this.starts.set(text, (start = this.heap.append(text)));
    return start;
  }
}
