/**
 * Few spans have links, and their nine columns cost a fifth of what a trace costs to read: at first only their number is asked for.
 * Where answers have links often, all is read at once.
 */
import {fixedColumn, type NativeBlock} from '../native/index.ts';

/** In place of `links` in a list after SELECT. */
export const linkCount = 'toUInt32(links.size0) AS link_count';

export const hasLinks = (blocks: readonly NativeBlock[]): boolean =>
  blocks.some((block) => {
    const {bytes, at, width} = fixedColumn(block, 'link_count');
    return bytes.subarray(at, at + width * block.rows).some((byte) => byte !== 0);
  });

/** How often the last answers had any. */
export class SeenLinks {
  private share = 0;

  get often(): boolean {
    return this.share > 0.25;
  }

  note(any: boolean): void {
    this.share += ((any ? 1 : 0) - this.share) / 8;
  }
}
