/** The machine and the process as resources. */
import {lookup, resolveCname, reverse} from 'node:dns/promises';
import {list, oneOf, withDefault} from '../config/index.ts';
import type {AnyValue} from '../model/index.ts';
import {type Detected, detector, off, on, type Surroundings, textList, textValue} from './resource-detector.ts';

const hostnameSources = ['os', 'dns', 'cname', 'lookup'] as const;
type HostnameSource = (typeof hostnameSources)[number];

const osTypes: Readonly<Record<string, string>> = {win32: 'windows', sunos: 'solaris', cygwin: 'windows'};
const architectures: Readonly<Record<string, string>> = {x64: 'amd64', ia32: 'x86', arm: 'arm32'};

async function detectSystem(
  around: Surroundings,
  sources: readonly HostnameSource[],
  isEnabled: (attribute: string) => boolean,
): Promise<Detected> {
  const {os} = around;
  const release = (await around.read('/etc/os-release')) ?? (await around.read('/usr/lib/os-release'));
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release ?? '')?.[1];
  const interfaces = Object.entries(os.networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter(({internal}) => !internal).map((address) => ({...address, name})),
  );
  const cpu = isCpuWanted(isEnabled) ? await cpuInfo(around) : {};
  const uname = `${os.type()} ${os.hostname()} ${os.release()} ${os.version()} ${os.machine()}`;
  const build = textValue(field('BUILD_ID') ?? os.release());
  return {
    'host.name': {type: 'string', value: await hostname(around, sources)},
    'os.type': textValue(osTypes[os.platform()] ?? os.platform()),
    'host.id': textValue(
      ((await around.read('/etc/machine-id')) ?? (await around.read('/var/lib/dbus/machine-id')))?.trim(),
    ),
    'host.arch': textValue(architectures[os.arch()] ?? os.arch()),
    'host.ip': textList(interfaces.map(({address}) => address)),
    'host.mac': textList([...new Set(interfaces.map(({mac}) => mac.toUpperCase().replaceAll(':', '-')))]),
    'host.interface': textList([...new Set(interfaces.map(({name}) => name))]),
    'os.name': textValue(field('NAME') ?? os.type()),
    'os.version': textValue(field('VERSION_ID') ?? os.release()),
    'os.build_id': build,
    'os.build.id': build,
    'os.description': textValue(`${[field('NAME'), field('VERSION')].filter(Boolean).join(' ')} (${uname})`.trim()),
    ...cpu,
  };
}

const cpuNames = ['vendor.id', 'family', 'model.id', 'model.name', 'stepping', 'cache.l2.size'];

const isCpuWanted = (isEnabled: (attribute: string) => boolean): boolean =>
  cpuNames.some((each) => isEnabled(`host.cpu.${each}`));

/** Of the first processor, as Linux tells it; other systems tell the name only. */
async function cpuInfo(around: Surroundings): Promise<Detected> {
  const [first = ''] = ((await around.read('/proc/cpuinfo')) ?? '').split('\n\n', 1);
  const field = (name: string): AnyValue | undefined =>
    textValue(new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(first)?.[1]?.trim());
  const cache = /^cache size\s*:\s*(\d+) KB$/m.exec(first)?.[1];
  return {
    'host.cpu.vendor.id': field('vendor_id'),
    'host.cpu.family': field('cpu family'),
    'host.cpu.model.id': field('model'),
    'host.cpu.model.name': field('model name') ?? textValue(around.os.cpus()[0]?.model),
    'host.cpu.stepping': field('stepping'),
    'host.cpu.cache.l2.size': cache === undefined ? undefined : {type: 'int', value: BigInt(cache)},
  };
}

export const system = detector({
  about: 'the machine, as its system tells it',
  attributes: {
    ...on('host.name', 'os.type'),
    ...off('host.id', 'host.arch', 'host.ip', 'host.mac', 'host.interface', 'os.name', 'os.version', 'os.build_id'),
    ...off('os.build.id', 'os.description', ...cpuNames.map((name) => `host.cpu.${name}`)),
  },
  fields: {
    hostname_sources: withDefault(
      list(oneOf(...hostnameSources)),
      [],
      '[dns, os]',
      'Where `host.name` is from: the first that gives one.',
    ),
  },
  detect({around, settings: {hostname_sources: sources}, isEnabled}) {
    return detectSystem(around, sources.length > 0 ? sources : ['dns', 'os'], isEnabled);
  },
});

/** The name that the first source gives. */
async function hostname(around: Surroundings, sources: readonly HostnameSource[]): Promise<string> {
  const failures: string[] = [];
  for (const source of sources) {
    try {
      const name = (await names[source](around)).replace(/\.$/, '');
      if (name !== '') return name;
    } catch (error) {
      failures.push(`${source}: ${(error as Error).message}`);
    }
  }
  throw new Error(`no source gives the name of the host (${failures.join('; ')})`);
}

const names: Readonly<Record<HostnameSource, (around: Surroundings) => Promise<string>>> = {
  os: async ({os}) => os.hostname(),
  async dns(around) {
    const own = around.os.hostname();
    const listed = inHosts((await around.read('/etc/hosts')) ?? '', own);
    if (listed !== undefined) return listed;
    const canonical = await canonicalName(own).catch(() => undefined);
    return canonical?.includes('.') ? canonical : reverseName(own);
  },
  cname: ({os}) => canonicalName(os.hostname()),
  lookup: ({os}) => reverseName(os.hostname()),
};

/** The first name of the line that has this name. */
export function inHosts(hosts: string, name: string): string | undefined {
  for (const line of hosts.split('\n')) {
    const [, ...listed] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (listed.includes(name)) return listed[0];
  }
  return undefined;
}

/** The name behind aliases: its own where it is none but there. */
async function canonicalName(name: string): Promise<string> {
  const aliases = await resolveCname(name).catch(() => []);
  if (aliases[0] !== undefined) return aliases[0];
  await lookup(name);
  return name;
}

async function reverseName(name: string): Promise<string> {
  for (const {address} of await lookup(name, {all: true})) {
    const found = await reverse(address).catch(() => []);
    if (found[0] !== undefined) return found[0];
  }
  throw new Error(`no name for the addresses of ${name}`);
}

export const thisProcess = detector({
  about: 'this process: the collector itself, for telemetry that is about it',
  attributes: {
    ...on('process.pid', 'process.executable.name', 'process.executable.path', 'process.command', 'process.owner'),
    ...on('process.runtime.name', 'process.runtime.version', 'process.runtime.description'),
    ...off('process.command_args'),
  },
  detect: async ({around}) => detectProcess(around),
});

function detectProcess({process, os}: Surroundings): Detected {
  return {
    'process.pid': {type: 'int', value: BigInt(process.pid)},
    'process.executable.name': textValue(process.execPath.split(/[\\/]/).at(-1)),
    'process.executable.path': textValue(process.execPath),
    'process.command': textValue(process.argv[0]),
    'process.command_args': textList(process.argv),
    'process.owner': textValue(owner(os)),
    'process.runtime.name': textValue('nodejs'),
    'process.runtime.version': textValue(process.versions.node),
    'process.runtime.description': textValue('Node.js'),
  };
}

/** A user without an entry has no name. */
function owner(os: Surroundings['os']): string | undefined {
  try {
    return os.userInfo().username;
  } catch {
    return undefined;
  }
}
