/** Platforms that tell a process where it runs by variables, files or an agent beside it. */
import {join} from 'node:path';
import {FileError} from '../base/index.ts';
import {type ConfigType, mapOf, optional, text, withDefault} from '../config/index.ts';
import {askJson, NotThereError, textAt, valueAt} from './metadata-request.ts';
import {type Detected, detector, on, texts} from './resource-detector.ts';

const heroku = detector({
  about: 'the dyno in Heroku, where dyno metadata is on',
  attributes: on(
    'cloud.provider',
    'heroku.app.id',
    'heroku.dyno.id',
    'heroku.release.commit',
    'heroku.release.creation_timestamp',
    'service.instance.id',
    'service.name',
    'service.version',
  ),
  async detect({around: {env}}) {
    if (env.HEROKU_DYNO_ID === undefined && env.HEROKU_APP_ID === undefined) {
      throw new NotThereError('HEROKU_DYNO_ID and HEROKU_APP_ID are not set: this is no dyno, or its metadata is off');
    }
    return texts({
      'cloud.provider': env.HEROKU_APP_ID === undefined ? undefined : 'heroku',
      'heroku.app.id': env.HEROKU_APP_ID,
      'heroku.release.commit': env.HEROKU_SLUG_COMMIT,
      'heroku.release.creation_timestamp': env.HEROKU_RELEASE_CREATED_AT,
      'service.instance.id': env.HEROKU_DYNO_ID,
      'service.name': env.HEROKU_APP_NAME,
      'service.version': env.HEROKU_RELEASE_VERSION,
    });
  },
});

/** Of a map whose values say nothing. */
const anything: ConfigType<undefined> = {label: 'any', takesNull: true, read: () => undefined};

const ofDynatrace = ['dt.entity.host', 'host.name', 'dt.smartscape.host'];

const dynatrace = detector({
  about: "the host that Dynatrace's OneAgent runs on",
  attributes: on(...ofDynatrace),
  async detect({around: {env, os, read}}) {
    const directory =
      os.platform() === 'win32'
        ? join(env.ProgramData || 'C:\\ProgramData', 'dynatrace', 'enrichment')
        : '/var/lib/dynatrace/enrichment';
    const properties = (await read(join(directory, 'dt_host_metadata.properties'))) ?? '';
    const entries = properties.split('\n').flatMap((line) => {
      const [, key = '', value] = /^([^=]*)=(.*)$/.exec(line) ?? [];
      return ofDynatrace.includes(key.trim()) ? [[key.trim(), value?.trim()] as const] : [];
    });
    return texts(Object.fromEntries(entries));
  },
});

const consul = detector({
  about: "the node of Consul's agent beside it",
  attributes: on('cloud.region', 'host.id', 'host.name'),
  fields: {
    address: withDefault(text, '', '127.0.0.1:8500', 'Where the agent is; empty: as `CONSUL_HTTP_ADDR` says.'),
    datacenter: withDefault(text, '', '', 'The datacenter that is asked; empty: that of the agent.'),
    namespace: withDefault(text, '', '', 'The namespace that is asked; empty: as `CONSUL_NAMESPACE` says.'),
    token: withDefault(text, '', '', 'The token to log in with; empty: as `CONSUL_HTTP_TOKEN` says.'),
    token_file: withDefault(text, '', '', 'A file that holds it; empty: as `CONSUL_HTTP_TOKEN_FILE` says.'),
    meta: optional(mapOf(anything), 'Keys of metadata of the node that become attributes of the same names.'),
  },
  async check({token_file: file}, {read}) {
    if (file !== '' && (await read(file)) === undefined) throw new FileError(file, `cannot read ${file}`);
  },
  async detect({around: {env, read}, signal, settings}): Promise<Detected> {
    const given = settings.address || env.CONSUL_HTTP_ADDR || '127.0.0.1:8500';
    const scheme = env.CONSUL_HTTP_SSL === 'true' || env.CONSUL_HTTP_SSL === '1' ? 'https' : 'http';
    const origin = given.includes('://') ? given : `${scheme}://${given}`;
    const file = settings.token_file || env.CONSUL_HTTP_TOKEN_FILE;
    const token = settings.token || env.CONSUL_HTTP_TOKEN || (file ? (await read(file))?.trim() : undefined);
    const url = new URL('/v1/agent/self', origin);
    const namespace = settings.namespace || env.CONSUL_NAMESPACE;
    if (settings.datacenter !== '') url.searchParams.set('dc', settings.datacenter);
    if (namespace) url.searchParams.set('ns', namespace);
    const self = await askJson(url.href, {headers: token ? {'x-consul-token': token} : {}, signal});
    const [name, id, region] = ['NodeName', 'NodeID', 'Datacenter'].map((key) => textAt(self, 'Config', key));
    if (name === undefined || id === undefined || region === undefined) {
      throw new NotThereError(`${url.href}: it tells no node`);
    }
    const meta = valueAt(self, 'Meta') ?? {};
    const wanted = Object.keys(meta as object).filter((key) => settings.meta?.has(key));
    return texts({
      'host.name': name,
      'host.id': id,
      'cloud.region': region,
      ...Object.fromEntries(wanted.map((key) => [key, textAt(meta, key)])),
    });
  },
});

export const platformDetectors = {heroku, dynatrace, consul};
