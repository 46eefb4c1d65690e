/** The lines between components, and where the rate of each stands. SVG paths. */

export interface Box {
  readonly left: number;
  readonly right: number;
  /** Its height in the middle, where lines begin and end. */
  readonly middle: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Route {
  /** An SVG path. */
  readonly path: string;
  /** Where its rate may stand, by its middle, the best place first. */
  readonly places: readonly Point[];
}

/** How many lines share an end with one. */
export interface Beside {
  readonly arriving: number;
  /** In its pipeline. */
  readonly parting: number;
}

/**
 * Along the lane, with a bend at either end where a node stands elsewhere. `along`: the height of the lane's line.
 */
export function drawFlow(from: Box, to: Box, along: number, {arriving, parting}: Beside, gap: number): Route {
  const [x0, y0, x1, y1] = [from.right, from.middle, to.left, to.middle];
  const near = x0 + gap;
  const far = x1 - gap;
  if (x1 - x0 <= gap) {
    // Where several arrive, each is told apart where it sets out.
    const shares = arriving > 1 ? [0.3, 0.15, 0.5, 0.7, 0.85] : [0.7, 0.85, 0.5, 0.3, 0.15];
    const places = (y0 === y1 ? [0] : shares).map((share) => ({x: (x0 + x1) / 2, y: y0 + (y1 - y0) * share}));
    return {path: `M${x0} ${y0}${bend(x0, y0, x1, y1)}`, places};
  }
  const on = (share: number): Point => ({x: near + (far - near) * share, y: along});
  const straight = near + 6 > far ? [{x: (x0 + x1) / 2, y: along}] : [on(0.5), on(0.25), on(0.75)];
  const bends = [0.3, 0.7].map((share) => ({x: (x0 + near) / 2, y: y0 + (along - y0) * share}));
  const ends = [0.7, 0.3].map((share) => ({x: (far + x1) / 2, y: along + (y1 - along) * share}));
  return {
    path: `M${x0} ${y0}${bend(x0, y0, near, along)}L${far} ${along}${bend(far, along, x1, y1)}`,
    places:
      parting > 1 && y1 !== along
        ? [...ends, ...straight]
        : [...straight, ...(y0 === along ? [] : bends), ...(y1 === along ? [] : ends)],
  };
}

export interface Detour {
  readonly out: number;
  readonly at: number;
  readonly into: number;
}

/** To where no straight way leads: down or up at `out`, across at the height `at`, down or up at `into`, and to the end from its left. */
export function drawDetour(from: Box, to: Box, {out, at, into}: Detour): Route {
  const corners = [
    {x: from.right, y: from.middle},
    {x: out, y: from.middle},
    {x: out, y: at},
    {x: into, y: at},
    {x: into, y: to.middle},
    {x: to.left, y: to.middle},
  ];
  const places = [0.5, 0.25, 0.75, 0.1].map((share) => ({x: out + (into - out) * share, y: at}));
  return {path: rounded(corners), places};
}

const radius = 10;

/** A line through corners that are at right angles. */
function rounded(corners: readonly Point[]): string {
  const [first, ...rest] = corners as readonly [Point, ...Point[]];
  const parts = [`M${first.x} ${first.y}`];
  for (const [index, corner] of rest.entries()) {
    const [before, after] = [corners[index] as Point, corners[index + 2]];
    if (after === undefined) {
      parts.push(`L${corner.x} ${corner.y}`);
      continue;
    }
    const cut = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    const [begin, end] = [towards(corner, before, cut), towards(corner, after, cut)];
    parts.push(`L${begin.x} ${begin.y}Q${corner.x} ${corner.y} ${end.x} ${end.y}`);
  }
  return parts.join('');
}

const distance = (a: Point, b: Point): number => Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
const towards = (from: Point, to: Point, by: number): Point => ({
  x: from.x + Math.sign(to.x - from.x) * by,
  y: from.y + Math.sign(to.y - from.y) * by,
});

function bend(x0: number, y0: number, x1: number, y1: number): string {
  if (y0 === y1) return `L${x1} ${y1}`;
  const middle = (x0 + x1) / 2;
  return `C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
}

/** The room that a rate takes. */
const rate = {width: 56, height: 17};

/** For each route the first place where its rate covers no other and no component; the best one where there is none. */
export function placeRates(routes: readonly Route[], taken: (place: Point, width: number) => boolean): Point[] {
  const chosen: Point[] = [];
  for (const {places} of routes) {
    const isFree = (place: Point): boolean =>
      !taken(place, rate.width) &&
      chosen.every(({x, y}) => Math.abs(x - place.x) >= rate.width || Math.abs(y - place.y) >= rate.height);
    chosen.push(places.find(isFree) ?? (places[0] as Point));
  }
  return chosen;
}
