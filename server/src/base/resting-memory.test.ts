import {execFileSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {createRestWatch, programPages} from './resting-memory.ts';

test('resting memory: given back as soon as the process rests, then once after each busy time', async () => {
  let [at, cpu, given] = [0, 0, 0];
  const watch = createRestWatch({
    cpuMicros: () => cpu,
    now: () => at,
    giveBack: async () => {
      given++;
      cpu += 200_000; // what it costs does not count as a busy time
    },
  });
  const after = (seconds: number, cpuSeconds: number): Promise<boolean> => {
    at += seconds * 1000;
    cpu += cpuSeconds * 1e6;
    return watch.look();
  };
  expect(await after(10, 5)).toBe(false); // busy
  expect(await after(10, 0.1)).toBe(true); // rests
  expect(await after(10, 0.1)).toBe(false); // nothing new to give
  for (let look = 0; look < 6; look++) await after(10, 0.1);
  expect(given).toBe(1);
  expect(await after(10, 4)).toBe(false);
  expect(await after(10, 0.1)).toBe(true);
});

test('resting memory: only what shows a file as it is may be unmapped', () => {
  const mapping = (range: string, rights: string, anonymous: number, name = '/lib/x.so'): string =>
    `${range} ${rights} 00000000 fe:00 123                    ${name}\nRss:    8 kB\nAnonymous:    ${anonymous} kB\nVmFlags: rd mr\n`;
  const smaps = [
    mapping('1000-2000', 'r-xp', 0),
    mapping('0100-0200', 'r--p', 0, '/data/part/data.bin'),
    mapping('2000-3000', 'r--p', 0),
    mapping('3000-4000', 'r--p', 4), // relocated
    mapping('4000-5000', 'rw-p', 0),
    mapping('5000-6000', 'r--s', 0), // somebody else's too
    mapping('6000-7000', 'r--p', 0, '[vvar]'),
    '7000-8000 r--p 00000000 00:00 0 \nAnonymous:    0 kB\n',
    mapping('7f0000000000-7f0000001000', 'r-xp', 0, '/opt/with a space/libchdb.so'),
  ].join('');
  expect(programPages(smaps)).toEqual([
    [0x1000n, 0x2000n],
    [0x2000n, 0x3000n],
    [0x7f0000000000n, 0x7f0000001000n],
  ]);
});

test.runIf(process.platform === 'linux')('resting memory: heap, malloc and pages of programs are given back', () => {
  // A process of its own: the test's own pages are its neighbours' too, and its heap is not at rest.
  const url = new URL('./resting-memory.ts', import.meta.url).href;
  const program = `
    import {readFileSync} from 'node:fs';
    const {giveMemoryBack} = await import(${JSON.stringify(url)});
    const now = () => {
      const status = readFileSync('/proc/self/status', 'utf8');
      const kib = (field) => Number(new RegExp('^' + field + ':\\\\s+(\\\\d+)', 'm').exec(status)[1]);
      return {anon: kib('RssAnon'), file: kib('RssFile')};
    };
    let garbage = Array.from({length: 1_000_000}, (_, i) => ({i}));
    const before = now();
    garbage = undefined;
    await giveMemoryBack();
    console.log(JSON.stringify({before, after: now()}));`;
  const said = execFileSync(process.execPath, [
    '--input-type=module',
    '--disable-warning=ExperimentalWarning',
    '--eval',
    program,
  ]);
  const {before, after} = JSON.parse(said.toString()) as Record<'before' | 'after', {anon: number; file: number}>;
  expect(after.anon).toBeLessThan(before.anon - 20_000);
  expect(after.file).toBeLessThan(before.file * 0.8);
});
