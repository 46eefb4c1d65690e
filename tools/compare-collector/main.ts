/**
 * `npm run compare:collector [-- WORD …]`: gives the same configurations and the same data to a Collector and to Weft, and prints
 * where what comes out differs. Words choose cases by their names. Builds the Collector once, where Go is there.
 */
import {parseArgs} from 'node:util';
import {buildCollector, findCollector} from './build-collector.ts';
import {cases} from './cases.ts';
import {version} from './components.ts';
import {chosenFor, judge} from './judge.ts';
import {compare} from './run.ts';
import {collectorSide, weftSide} from './side.ts';

const {values, positionals} = parseArgs({
  options: {list: {type: 'boolean', default: false}, all: {type: 'boolean', default: false}},
  allowPositionals: true,
});
const chosen = cases.filter(({name}) => positionals.every((word) => name.includes(word)));
if (values.list) {
  for (const {name} of chosen) console.log(name);
  process.exit();
}
const collector = findCollector() ?? buildCollector(console.log);
if (collector === undefined) {
  console.log(`skipped: ${chosen.length} cases, because there is no Collector ${version}`);
  process.exit();
}
const runnable = chosen.filter(({needs}) => needs.every((type) => collector.types.has(type)));
for (const type of new Set(chosen.flatMap(({needs}) => needs.filter((each) => !collector.types.has(each))))) {
  const count = chosen.filter(({needs}) => needs.includes(type)).length;
  console.log(`skipped: ${count} cases of ${type}, which the Collector here does not have`);
}

/** Lines of one case; the rest is counted. */
const limit = values.all ? Infinity : 8;
let [items, known, wrong] = [0, 0, 0];
const idle = new Set(runnable.flatMap(({name}) => chosenFor(name)));
await compare(runnable, [collectorSide(collector.binary), weftSide], (compared) => {
  for (const {one, lines, items: its} of compared) {
    items += its;
    const {unknown, shown} = judge(one.name, lines);
    for (const difference of shown) idle.delete(difference);
    if (unknown.length === 0 && shown.length > 0) known++;
    if (unknown.length === 0) continue;
    wrong++;
    console.log(`✗ ${one.name}`);
    for (const line of unknown.slice(0, limit)) console.log(`    ${line.slice(0, 300)}`);
    if (unknown.length > limit) console.log(`    … ${unknown.length - limit} more lines; --all shows them`);
  }
});
if (positionals.length === 0) {
  for (const {title} of idle) console.log(`✗ no case shows any longer: ${title}`);
  wrong += idle.size;
}
const same = runnable.length - known - wrong;
console.log(
  `${runnable.length} cases of ${items} items: ${same} the same, ${known} differ as documented, ${wrong} to mend`,
);
process.exitCode = wrong === 0 ? 0 : 1;
