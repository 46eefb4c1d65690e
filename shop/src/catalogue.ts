/** The products of the shop. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly priceCents: number;
}

const names: readonly (readonly [name: string, priceCents: number])[] = [
  ['Linen apron', 3400],
  ['Walnut spoon', 1800],
  ['Cast-iron pan', 6900],
  ['Stoneware bowl', 2400],
  ['Tea caddy', 2900],
  ['Copper kettle', 11900],
  ['Bread knife', 5400],
  ['Salt pig', 2600],
  ['Oak board', 4800],
  ['Glass carafe', 3200],
  ['Wool blanket', 14900],
  ['Beeswax candle', 1400],
  ['Paper lamp', 7900],
  ['Rattan basket', 5900],
  ['Cotton towel', 2200],
  ['Field notebook', 1200],
  ['Brass pen', 6400],
  ['Desk tray', 3900],
  ['Wall clock', 8800],
  ['Door bell', 4500],
  ['Rain umbrella', 5200],
  ['Canvas tote', 2700],
  ['Leather strap', 3600],
  ['Travel mug', 3100],
  ['Pocket torch', 4200],
  ['Seed box', 1900],
  ['Hand trowel', 2800],
  ['Watering can', 4900],
  ['Bird feeder', 3700],
  ['Twine reel', 900],
];

export const catalogue: readonly Product[] = names.map(([name, priceCents], index) => ({
  sku: `SKU-${String(index + 1).padStart(3, '0')}`,
  name,
  priceCents,
}));

/** The products whose cached features the fourth-layer fault spoils: as many as make up its share of all purchases. */
export const spoiltSkus = (share: number): readonly string[] =>
  catalogue.slice(catalogue.length - Math.round(share * catalogue.length)).map((product) => product.sku);
