/** How fast a function is, in items per second of processor time (all threads of the process, so collecting garbage counts). */

export interface Row {
  readonly what: string;
  /** Spans of one run, and their bytes. */
  readonly spans: number;
  readonly bytes: number;
  /** One request, by the number of the round. */
  readonly run: (round: number) => void;
}

/** Warms up, then prints the median of rounds of a tenth of a second. */
export function measure({what, spans, bytes, run}: Row, seconds: number): void {
  let round = 0;
  const roundOf = (milliseconds: number): number => {
    const end = performance.now() + milliseconds;
    const before = process.cpuUsage();
    let runs = 0;
    for (; performance.now() < end; runs++) run(round++);
    const {user, system} = process.cpuUsage(before);
    return (runs * spans * 1e6) / (user + system);
  };
  roundOf(700);
  const rates = Array.from({length: Math.ceil(seconds * 10)}, () => roundOf(100));
  const rate = median(rates);
  const million = (rate / 1e6).toFixed(2);
  const micros = (1e6 / rate).toFixed(3);
  const megabytes = Math.round((rate / spans) * bytes * 1e-6);
  console.log(`${what.padEnd(16)} ${million.padStart(6)} M spans/s  ${micros.padStart(7)} µs/span  ${megabytes} MB/s`);
}

/** The middle one; of two in the middle the larger. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

export const pick = <T>(list: readonly T[], round: number): T => list[round % list.length] as T;
