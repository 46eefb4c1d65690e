/** A Collector of exactly the compared components: the one named in `WEFT_COLLECTOR`, the one built before, or a new one. */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Component, components, version} from './components.ts';

export interface BuiltCollector {
  readonly binary: string;
  /** Types such as `processor/filter`. */
  readonly types: ReadonlySet<string>;
}

/** The program, if it needs no building. */
export function findCollector(): BuiltCollector | undefined {
  const named = process.env.WEFT_COLLECTOR;
  const binary = named ?? cached();
  if (!existsSync(binary)) {
    if (named !== undefined) throw new Error(`WEFT_COLLECTOR: there is no ${named}`);
    return undefined;
  }
  return {binary, types: typesOf(binary)};
}

/** Builds and caches it with the Go of this machine, which takes minutes. `tell` hears what is left out, and why. */
export function buildCollector(tell: (text: string) => void): BuiltCollector | undefined {
  const toolchain = spawnSync('go', ['version'], {encoding: 'utf8'});
  if (toolchain.status !== 0) {
    tell('Go is not installed, so that no Collector can be built: name one in WEFT_COLLECTOR');
    return undefined;
  }
  const work = mkdtempSync(join(tmpdir(), 'weft-collector-build-'));
  try {
    const available = components.filter((each) => {
      const reason = unavailable(each, work);
      if (reason !== undefined) tell(`${typeOf(each)} is left out: ${reason}`);
      return reason === undefined;
    });
    writeFileSync(join(work, 'go.mod'), goMod(available));
    writeFileSync(join(work, 'main.go'), mainGo(available));
    tell(`building a Collector ${version} of ${available.length} components, which takes minutes …`);
    const binary = cached();
    mkdirSync(join(binary, '..'), {recursive: true});
    for (const args of [
      ['mod', 'tidy'],
      ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(work, 'collector'), '.'],
    ]) {
      const {status, stderr} = spawnSync('go', args, {cwd: work, encoding: 'utf8', maxBuffer: 1 << 28});
      if (status === 0) continue;
      tell(`go ${args[0]} failed: ${stderr.trim().split('\n').slice(-3).join('\n')}`);
      return undefined;
    }
    // Renaming within one file system: nobody ever finds half a program.
    writeFileSync(`${binary}.part`, readFileSync(join(work, 'collector')), {mode: 0o755});
    renameSync(`${binary}.part`, binary);
    return {binary, types: typesOf(binary)};
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
}

const typeOf = ({kind, type}: Component): string => `${kind}/${type}`;

/** The Collector is giving its types underscores: `spanmetrics` and `span_metrics` are one. */
const plainName = (type: string): string => type.replaceAll('_', '');

/** By what it would be built of: another version or list is another file. */
function cached(): string {
  const made = createHash('sha256').update(goMod(components)).update(mainGo(components)).digest('hex').slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(cache, 'weft', `collector-${version}-${made}`);
}

/** As the program lists them, a section for each kind. */
function typesOf(binary: string): ReadonlySet<string> {
  const {stdout, status} = spawnSync(binary, ['components'], {encoding: 'utf8'});
  if (status !== 0) throw new Error(`${binary} components ended with ${status}`);
  const listed = new Set<string>();
  let section = '';
  for (const line of stdout.split('\n')) {
    section = /^(\w+)s:/.exec(line)?.[1] ?? section;
    const name = /^ +- name: (\S+)/.exec(line)?.[1];
    if (name !== undefined) listed.add(plainName(`${section}/${name}`));
  }
  return new Set(components.map(typeOf).filter((type) => listed.has(plainName(type))));
}

/** Why the module cannot be had; undefined where it can. */
function unavailable({module}: Component, cwd: string): string | undefined {
  const {status, stdout, stderr} = spawnSync('go', ['mod', 'download', '-json', `${module}@${version}`], {
    cwd,
    encoding: 'utf8',
    env: {...process.env, GOFLAGS: '-mod=mod'},
  });
  if (status === 0) return undefined;
  const told = /"Error": "((?:[^"\\]|\\.)*)"/.exec(stdout)?.[1] ?? stderr;
  return told.split('\\n').at(-1)?.replaceAll('\\t', ' ').trim();
}

function goMod(list: readonly Component[]): string {
  const modules = [...list.map(({module}) => module), 'go.opentelemetry.io/collector/otelcol'];
  const required = modules.map((module) => `\t${module} ${version}`);
  return ['module collector', '', 'go 1.25.0', '', 'require (', ...required, ')', ''].join('\n');
}

function mainGo(list: readonly Component[]): string {
  const core = 'go.opentelemetry.io/collector';
  const imports = [
    ...list.map(({module}) => module),
    ...[
      'component',
      'confmap',
      'confmap/provider/envprovider',
      'confmap/provider/fileprovider',
      'connector',
      'exporter',
    ].map((name) => `${core}/${name}`),
    ...['otelcol', 'processor', 'receiver', 'service/telemetry/otelconftelemetry'].map((name) => `${core}/${name}`),
  ];
  const kinds = ['Receiver', 'Processor', 'Connector', 'Exporter'];
  return `package main

import (
	"log"

${imports.map((path) => `\t"${path}"`).join('\n')}
)

func factories() (otelcol.Factories, error) {
	f := otelcol.Factories{Telemetry: otelconftelemetry.NewFactory()}
	var err error
${kinds.map((kind) => register(kind, list)).join('')}	return f, nil
}

func main() {
	settings := otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "collector", Version: "${version}"},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory(), envprovider.NewFactory()},
			DefaultScheme: "env",
		}},
	}
	if err := otelcol.NewCommand(settings).Execute(); err != nil {
		log.Fatal(err)
	}
}
`;
}

function register(name: string, list: readonly Component[]): string {
  const kind = name.toLowerCase();
  const made = list
    .filter((each) => each.kind === kind)
    .map(({module}) => `\t\t${module.split('/').at(-1)}.NewFactory(),\n`);
  return `\tf.${name}s, err = otelcol.MakeFactoryMap[${kind}.Factory](\n${made.join('')}\t)\n\tif err != nil {\n\t\treturn f, err\n\t}\n`;
}
