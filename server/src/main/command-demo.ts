import {type Command, readFlags} from './command.ts';
import {reloadWhenAsked, serveFlags, serveOptions} from './command-serve.ts';
import {serve, type Weft} from './serve.ts';
import {untilSignal} from './signals.ts';

const flags = {
  ...serveFlags,
  'no-demo': {help: 'Weft alone, without the shop'},
  load: {value: 'SHAPE', default: 'steady', help: "The shop's load: steady, rush, flash or none"},
} as const;

const loads = ['steady', 'rush', 'flash', 'none'] as const;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Run Weft with the demo shop: five services under load, with faults worth finding.',
  details: 'npm start runs it. Ctrl-C stops everything.',
  flags,
  async run(args, start) {
    const values = readFlags(flags, args);
    const options = await serveOptions(values, 'warn');
    const load = loads.find((shape) => shape === values.text('load'));
    if (load === undefined) throw new Error(`--load ${values.text('load')}: expected ${loads.join(', ')}`);
    const stopped = untilSignal();
    const starting = serve(options, start);
    const endReload = reloadWhenAsked(starting, options);
    const weft = await starting;
    await weft.opened;
    const shop = values.on('no-demo') ? undefined : await startShop(weft, load, options.freePorts);
    console.log(
      `Weft is ready: http://${weft.endpoints.http}${shop === undefined ? '' : `   (demo shop: ${shop.storefrontUrl}, Ctrl-C stops all)`}`,
    );
    for (const note of shop?.notes ?? []) console.log(`  ${note}`);
    await stopped;
    endReload();
    await shop?.stop();
    await weft.stop();
    return 0;
  },
};

async function startShop(weft: Weft, load: (typeof loads)[number], freePorts: boolean) {
  const {otlp_http: otlp, http, sampling_http: sampling} = weft.endpoints;
  if (otlp === undefined)
    throw new Error('the demo needs the receiver otlp with its http protocol in the configuration');
  // Loaded only here: Weft alone must not need the shop's packages.
  const {startShop: start} = await import('@weft/shop');
  return start({
    otlpEndpoint: `http://${otlp}`,
    weftUrl: `http://${http}`,
    settingsUrl: `http://${http}`,
    ...(sampling !== undefined && {samplingUrl: `http://${sampling}/sampling`}),
    load,
    ...(freePorts && {storefrontPort: 0}),
  });
}
