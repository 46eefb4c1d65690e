/** The faults' command: `npm run fault [list | on ID | mended ID | off ID | default ID]`. */
import {parseArgs} from 'node:util';
import {type FaultView, faultModes} from './faults.ts';

const usage = `usage: npm run -s fault [list]
       npm run -s fault on|mended|off|default FAULT [-- --seconds N]
  --shop URL     the storefront (default http://127.0.0.1:8080)
  --seconds N    how far apart, for a fault that happens again and again
`;

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    shop: {type: 'string', default: 'http://127.0.0.1:8080'},
    seconds: {type: 'string'},
    help: {type: 'boolean'},
  },
});

async function ask(method: string, path: string, json?: unknown): Promise<{faults: FaultView[]; weft: string}> {
  const response = await fetch(`${values.shop}${path}`, {
    method,
    headers: {'content-type': 'application/json'},
    ...(json === undefined ? {} : {body: JSON.stringify(json)}),
  });
  const body = (await response.json()) as {faults: FaultView[]; weft: string; error?: {message: string}};
  if (!response.ok) throw new Error(body.error?.message ?? `the shop answered ${response.status}`);
  return body;
}

async function main([verb = 'list', id]: readonly string[]): Promise<void> {
  if (values.help === true) return void process.stdout.write(usage);
  const mode = faultModes.find((one) => one === verb);
  if (verb !== 'list' && (mode === undefined || id === undefined)) throw new Error(usage);
  const seconds = values.seconds === undefined ? {} : {seconds: Number(values.seconds)};
  const {faults, weft} =
    mode === undefined ? await ask('GET', '/api/faults') : await ask('PUT', `/api/faults/${id}`, {mode, ...seconds});
  for (const fault of faults) {
    const every = fault.seconds === undefined ? '' : `, every ${fault.seconds} s`;
    const share = fault.share > 0 ? `${(fault.share * 100).toFixed(1)} % of its requests${every}` : '';
    console.log(`${fault.id.padEnd(24)}${fault.mode.padEnd(10)}${share}`);
  }
  const mended = faults.find((fault) => mode === 'mended' && fault.id === id)?.mended;
  if (mended !== undefined) console.log(`\n${mended}\nDid it help? ./weft mend …, see docs/shop/${id}.md`);
  const switched = faults.find((fault) => mode === 'on' && fault.id === id);
  if (switched === undefined) return;
  console.log(`\n${switched.symptom}\nIn Weft: ${weft}/?${switched.search}\nIts story: docs/shop/${switched.id}.md`);
}

main(positionals).catch((error: unknown) => {
  const unreachable = error instanceof TypeError ? `no shop answers at ${values.shop}` : undefined;
  console.error(unreachable ?? (error instanceof Error ? error.message : error));
  process.exit(1);
});
