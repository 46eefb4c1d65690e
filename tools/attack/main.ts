/**
 * `npm run attack [-- --short] [NAME …]`: floods, bombs, slow senders and damage against the built program, each with an honest
 * sender beside it. Prints what the honest sender felt and the most memory that Weft took; exits 1 where Weft did not bear one.
 */
import {parseArgs} from 'node:util';
import {attacks} from './attacks.ts';
import {runAttack} from './run-attack.ts';

const {values, positionals} = parseArgs({options: {short: {type: 'boolean', default: false}}, allowPositionals: true});
const unknown = positionals.filter((name) => !attacks.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(`no such attack: ${unknown.join(', ')}. There are: ${attacks.map(({name}) => name).join(', ')}`);
  process.exit(2);
}

const widths = [26, 8, 8, 7, 7, 7, 12] as const;
const row = (...cells: readonly unknown[]): string =>
  cells
    .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[i] as number)))
    .join('');
console.log(row('attack', 'taken', 'refused', 'p50 ms', 'p99 ms', 'max ms', 'MiB, peak'));

let failed = false;
for (const attack of attacks) {
  if (positionals.length > 0 && !positionals.includes(attack.name)) continue;
  const {honest, memory, faults} = await runAttack(attack, values.short ? 'short' : 'full');
  const size = memory === undefined ? '?' : `${Math.round(memory.restMib)} → ${Math.round(memory.peakMib)}`;
  const {acknowledged, refused, p50, p99, max} = honest;
  console.log(row(attack.name, acknowledged, refused, ...[p50, p99, max].map((each) => each.toFixed(0)), size));
  for (const fault of faults) console.log(`  ✗ ${fault}`);
  if (faults.length > 0) failed = true;
}
process.exit(failed ? 1 : 0);
