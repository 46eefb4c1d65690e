/**
 * Sustained ingest: `npm run bench:ingest [-- --rate 80000 --seconds 60 --batch 1000 --protocols grpc,http --queries 4 --steady 10000
 * --varying]`, where `--varying` gives every attribute of every span a value of its own.
 *
 * The sender runs on the same machine. CPU is everything that Weft and its engine spent from the first span until merges have
 * calmed down, divided by the spans. Then the same again at a lower rate, without and with heavy queries running, in turns:
 * their ratio tells whether queries delay acknowledgement. Before that, at the rate of
 * `--steady` for the same time (0 leaves it out): what a span costs there, beside the full rate.
 */
import {parseArgs} from 'node:util';
import {watchFreshness} from './freshness.ts';
import {median} from './measure.ts';
import {onDisk, sizeText} from './on-disk.ts';
import {calm, type MeasuredWeft, machine, measuredWeft, mib, sendSpans, sleep} from './running-weft.ts';

const {values} = parseArgs({
  options: {
    rate: {type: 'string', default: '80000'},
    seconds: {type: 'string', default: '60'},
    batch: {type: 'string', default: '1000'},
    protocols: {type: 'string', default: 'grpc,http'},
    queries: {type: 'string', default: '4'},
    steady: {type: 'string', default: '10000'},
    varying: {type: 'boolean', default: false},
  },
});

console.log(machine());
for (const protocol of values.protocols.split(',')) {
  const full = await sustained(protocol, Number(values.rate));
  const steady = Number(values.steady);
  if (steady > 0) console.log(`  ${((await sustained(protocol, steady)) / full).toFixed(2)} times the CPU a span`);
}
if (Number(values.queries) > 0) await besideQueries(Number(values.queries));

/** Resolves to microseconds of CPU a span. */
async function sustained(protocol: string, rate: number): Promise<number> {
  const weft = await measuredWeft();
  try {
    // Compilers and caches warm up first, at every rate alike: what a minute of the steady one would pay for is the start's.
    await sendSpans(senderArgs(weft, protocol, Number(values.rate) / 4, 3));
    await weft.flush();
    const before = weft.cpu();
    const sent = await sendSpans(senderArgs(weft, protocol, rate, Number(values.seconds)));
    await weft.flush();
    const atOnce = await onDisk(weft);
    await calm(weft);
    const after = weft.cpu();
    const merged = await onDisk(weft);
    const memory = weft.memory();
    // Asking every 25 ms costs the engine too, so it has a stretch of its own.
    const freshness = watchFreshness(weft);
    await sendSpans(senderArgs(weft, protocol, rate, Math.min(15, Number(values.seconds))));
    const found = await freshness.stop();
    const ours = (after.weft - before.weft) / sent.spans;
    const engines = (after.engine - before.engine) / sent.spans;
    console.log(
      [
        `OTLP/${protocol}: ${Math.round(sent.rate).toLocaleString('en')} spans/s for ${sent.seconds.toFixed(0)} s`,
        `refused ${sent.refused}, failed ${sent.failed}`,
        `CPU ${(ours + engines).toFixed(1)} µs a span (Weft ${ours.toFixed(1)}, engine with merges ${engines.toFixed(1)}; sender ${sent.senderCpuMicrosPerSpan.toFixed(1)})`,
        `acknowledged P50 ${sent.p50.toFixed(0)} ms, P99 ${sent.p99.toFixed(0)} ms, max ${sent.max.toFixed(0)} ms`,
        `found after its acknowledgement P50 ${found[Math.floor(found.length / 2)]?.toFixed(0)} ms, max ${found.at(-1)?.toFixed(0)} ms`,
        `on disk ${sizeText(atOnce)} at once, ${sizeText(merged)} after merges`,
        `peak memory Weft ${mib(memory.weftPeak)}, engine ${mib(memory.enginePeak)}`,
      ].join('\n  '),
    );
    return ours + engines;
  } finally {
    await weft.stop();
  }
}

function senderArgs(weft: MeasuredWeft, protocol: string, rate: number, seconds: number): string[] {
  const address = weft.endpoints[protocol === 'grpc' ? 'otlp_grpc' : 'otlp_http'] as string;
  return [
    '--protocol',
    protocol,
    '--address',
    address,
    '--rate',
    String(rate),
    '--seconds',
    String(seconds),
    '--batch',
    values.batch,
    ...(values.varying ? ['--varying'] : []),
  ];
}

async function besideQueries(count: number): Promise<void> {
  const weft = await measuredWeft();
  try {
    await sendSpans([...senderArgs(weft, 'grpc', 0, 0), '--window', '4', '--spans', '2000000', '--hours', '1']);
    await weft.flush();
    await calm(weft);
    const rate = Number(values.rate) / 8;
    const ratios: number[] = [];
    for (let round = 0; round < 3; round++) {
      const idle = await sendSpans(senderArgs(weft, 'grpc', rate, 8));
      const queries = heavyQueries(weft, count);
      await sleep(500);
      const busy = await sendSpans(senderArgs(weft, 'grpc', rate, 8));
      const answered = await queries.stop();
      ratios.push(busy.p99 / idle.p99);
      console.log(
        `beside ${count} heavy queries (${answered} answered), ${rate.toLocaleString('en')} spans/s: P99 ${idle.p99.toFixed(1)} → ${busy.p99.toFixed(1)} ms, ratio ${(busy.p99 / idle.p99).toFixed(2)}`,
      );
    }
    console.log(`  median ratio ${median(ratios).toFixed(2)}`);
  } finally {
    await weft.stop();
  }
}

/** Searches that must read everything, over and over. */
function heavyQueries(weft: MeasuredWeft, count: number): {stop(): Promise<number>} {
  const ending = new AbortController();
  let answered = 0;
  const loops = Array.from({length: count}, async (_, i) => {
    while (!ending.signal.aborted) {
      const url = `http://${weft.endpoints.http}/api/weft/v1/traces?minDuration=3h&attribute=absent.key%3D${i}-${answered}`;
      const all = `http://${weft.endpoints.http}/api/dependencies?endTs=${Date.now()}&lookback=7200000`;
      await fetch(i % 2 === 0 ? all : url, {signal: ending.signal}).then(
        async (response) => {
          await response.text();
          answered++;
        },
        () => {},
      );
    }
  });
  return {
    async stop() {
      ending.abort();
      await Promise.all(loops);
      return answered;
    },
  };
}
