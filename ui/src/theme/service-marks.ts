/** How the marks that tell services of one colour apart are drawn, by their number: the same figure small and large. */

/** CSS background of a small field that stands for a service. */
export function swatchBackground(colour: string, mark: number): string {
  switch (mark) {
    case 1:
      return `repeating-linear-gradient(135deg, ${colour} 0 2px, transparent 2px 4px)`;
    case 2:
      return `linear-gradient(${colour} 0 36%, transparent 36% 64%, ${colour} 64%)`;
    case 3:
      return `linear-gradient(${colour} 0 50%, color-mix(in srgb, ${colour} 30%, transparent) 50%)`;
    case 4:
      return `linear-gradient(to right, ${colour} 0 26%, transparent 26% 74%, ${colour} 74%)`;
    default:
      return colour;
  }
}

/** Percent of the surface in what a mark lays over a bar. */
export const VEIL = 62;
const veil = `color-mix(in srgb, var(--surface) ${VEIL}%, transparent)`;

/** CSS background layer to lie on a bar; undefined where there is no mark. */
export function barMark(mark: number): string | undefined {
  switch (mark) {
    case 1:
      return `repeating-linear-gradient(135deg, ${veil} 0 2px, transparent 2px 6px)`;
    case 2:
      return `linear-gradient(transparent 36%, ${veil} 36% 64%, transparent 64%)`;
    case 3:
      return `linear-gradient(transparent 50%, ${veil} 50%)`;
    case 4:
      return `repeating-linear-gradient(to right, transparent 0 4px, ${veil} 4px 6px)`;
    default:
      return undefined;
  }
}

/** Rectangles of a `w` × `h` field that a canvas leaves free for the mark: x, y, width, height. */
export function markGaps(mark: number, w: number, h: number): readonly (readonly [number, number, number, number])[] {
  switch (mark) {
    case 1:
      return Array.from({length: Math.ceil(h / 6)}, (_, i) => [0, 6 * i + 3, w, 3] as const);
    case 2:
      return [[0, h * 0.36, w, h * 0.28]];
    case 3:
      return [[0, h * 0.5, w, h * 0.5]];
    case 4:
      return [[w * 0.3, 0, w * 0.4, h]];
    default:
      return [];
  }
}
