/**
 * The colours of services as people with the two common kinds of colour blindness see them. Facts: the matrices of Machado,
 * Oliveira and Fernandes (2009) for full protanopia and deuteranopia, and the colour difference CIEDE2000.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {COLOURS} from './service-colours.ts';
import {VEIL} from './service-marks.ts';

type Triple = readonly [number, number, number];
const kinds: Readonly<Record<string, readonly Triple[]>> = {
  'full sight': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const dark = css.indexOf('[data-mantine-color-scheme="dark"]');
const schemes = {light: css.slice(0, dark), dark: css.slice(dark)};
const token = (text: string, name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(text)![1]!;

const cases = (Object.keys(schemes) as (keyof typeof schemes)[]).flatMap((scheme) =>
  Object.keys(kinds).map((kind) => [scheme, kind] as const),
);
// A difference of 2 to 3 can be told side by side, one of 10 at a glance.
test.each(cases)('service colours: %s, with %s any two differ at a glance', (scheme, kind) => {
  const seen = Array.from({length: COLOURS}, (_, i) => look(token(schemes[scheme], `service-${i}`), kinds[kind]!));
  const close = seen.flatMap((one, i) =>
    seen.slice(0, i).flatMap((other, j) => (difference(one, other) < 12 ? [`${j} and ${i}`] : [])),
  );
  expect(close).toEqual([]);
});

// Of a bar, a mark leaves the colour below it to be seen through a veil of the surface's: see service-marks.ts.
test.each(cases)('service colours: %s, with %s the marks of every colour are seen at a glance', (scheme, kind) => {
  const surface = token(schemes[scheme], 'surface');
  const faint = Array.from({length: COLOURS}, (_, i) => token(schemes[scheme], `service-${i}`)).filter(
    (colour) =>
      difference(look(colour, kinds[kind]!), look(mixed(surface, colour, VEIL / 100), kinds[kind]!)) < 10 ||
      difference(look(colour, kinds[kind]!), look(surface, kinds[kind]!)) < 12,
  );
  expect(faint).toEqual([]);
});

// Errors have a sign of their own everywhere: their red need not be told from a brown by everybody.
test.each(['light', 'dark'] as const)('service colours: %s, none is the red of errors', (scheme) => {
  const sight = kinds['full sight']!;
  const red = look(token(schemes[scheme], 'error'), sight);
  const close = Array.from({length: COLOURS}, (_, i) => i).filter(
    (i) => difference(look(token(schemes[scheme], `service-${i}`), sight), red) < 15,
  );
  expect(close).toEqual([]);
});

/** Facts: pairs of Sharma, Wu and Dalal (2005), "The CIEDE2000 color-difference formula". */
test.each([
  [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
  [[50, 2.5, 0], [50, 0, -2.5], 4.3065],
  [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
] as [Triple, Triple, number][])('colour difference of %j and %j', (one, other, expected) =>
  expect(difference(one, other)).toBeCloseTo(expected, 4),
);

/** As `color-mix(in srgb, one share, other)`. */
function mixed(one: string, other: string, share: number): string {
  const channels = [1, 3, 5].map((at) => {
    const [a, b] = [one, other].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number];
    return Math.round(a * share + b * (1 - share))
      .toString(16)
      .padStart(2, '0');
  });
  return `#${channels.join('')}`;
}

/** CIELAB of a colour as it is seen. */
function look(hex: string, kind: readonly Triple[]): Triple {
  const linear = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
  const [r, g, b] = kind.map((row) => Math.min(1, Math.max(0, dot(row, linear)))) as unknown as Triple;
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** CIEDE2000. */
function difference([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const rad = Math.PI / 180;
  const chroma = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7)));
  const [x1, x2] = [a1 * (1 + g), a2 * (1 + g)];
  const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
  const hue = (x: number, y: number): number => (x === 0 && y === 0 ? 0 : (Math.atan2(y, x) / rad + 360) % 360);
  const [h1, h2] = [hue(x1, b1), hue(x2, b2)];
  const turn = c1 * c2 === 0 ? 0 : h2 - h1 > 180 ? h2 - h1 - 360 : h2 - h1 < -180 ? h2 - h1 + 360 : h2 - h1;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin((turn / 2) * rad);
  const [dL, dC] = [l2 - l1, c2 - c1];
  const [lm, cm] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const sum = h1 + h2;
  const hm = c1 * c2 === 0 ? sum : Math.abs(h1 - h2) <= 180 ? sum / 2 : sum < 360 ? (sum + 360) / 2 : (sum - 360) / 2;
  const t =
    1 -
    0.17 * Math.cos((hm - 30) * rad) +
    0.24 * Math.cos(2 * hm * rad) +
    0.32 * Math.cos((3 * hm + 6) * rad) -
    0.2 * Math.cos((4 * hm - 63) * rad);
  const sL = 1 + (0.015 * (lm - 50) ** 2) / Math.sqrt(20 + (lm - 50) ** 2);
  const sC = 1 + 0.045 * cm;
  const sH = 1 + 0.015 * cm * t;
  const turned = 30 * Math.exp(-(((hm - 275) / 25) ** 2));
  const rT = -2 * Math.sqrt(cm ** 7 / (cm ** 7 + 25 ** 7)) * Math.sin(2 * turned * rad);
  return Math.sqrt((dL / sL) ** 2 + (dC / sC) ** 2 + (dH / sH) ** 2 + rT * (dC / sC) * (dH / sH));
}
