/** Writes what passes to files, as OTLP JSON lines or length-prefixed protobuf (the Collector's file exporter). */
import {accessSync, constants, mkdirSync, statSync} from 'node:fs';
import {dirname, posix} from 'node:path';
import {errorMessage, FileError, utf8Bytes} from '../base/index.ts';
import {
  always,
  bool,
  ignored,
  integer,
  object,
  oneOf,
  optional,
  required,
  scalar,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {type AnyBatch, findAttribute, goText, type Lent, readValue, subset} from '../model/index.ts';
import {compress} from '../net/index.ts';
import {allSignals, type ExporterFactory, failedItems, reads, type Settings} from '../pipeline/index.ts';
import {encodeJson, encodeProto} from '../wire/index.ts';
import {createFileWriter, type FileWriter, type Rotation} from './file-writer.ts';

const permissions = scalar('octal permissions', (_, written) =>
  /^0?[0-7]{3}$/.test(written) ? {value: Number.parseInt(written, 8)} : 'expected octal permissions such as "0755"',
);

const config = object(
  {
    path: required(text, 'The file; with `group_by`, one `*` in it stands for the value of the attribute.'),
    append: withDefault(bool, false, 'false', 'Write behind what the file holds already, instead of in its place.'),
    format: withDefault(oneOf('json', 'proto'), 'json', 'json', 'OTLP JSON, a request a line; or OTLP protobuf.'),
    compression: withDefault(
      oneOf('', 'zstd'),
      '',
      'none',
      'Of each request. Then, and with `proto`, four bytes with its length (high byte first) stand before each.',
    ),
    compression_params: always(
      object({level: withDefault(integer(0, 22), 0, '0', 'From 1, the quickest, to 22, the tightest; 0: as 3.')}),
      'How hard it tries.',
    ),
    rotation: optional(
      object({
        max_megabytes: withDefault(integer(), 100, '100', 'The size at which a file is put aside, in MiB; 0: as 100.'),
        max_days: withDefault(integer(), 0, '0', 'How long files put aside are kept; 0: for ever.'),
        max_backups: withDefault(integer(), 100, '100', 'How many of them; 0: all.'),
        localtime: withDefault(bool, false, 'false', 'The times in their names are local instead of UTC.'),
      }),
      'Put the file aside when it is large, under its name with the time in it. Without this key it grows.',
    ),
    group_by: always(
      object({
        enabled: withDefault(bool, false, 'false', 'A file for each value of a resource attribute.'),
        resource_attribute: withDefault(
          text,
          'fileexporter.path_segment',
          'fileexporter.path_segment',
          'The attribute whose value stands for `*` in `path`.',
        ),
        max_open_files: withDefault(integer(1), 100, '100', 'How many files are open at once.'),
      }),
      'Several files.',
    ),
    create_directory: withDefault(bool, false, 'false', 'Make the directory of the file where it is not there.'),
    directory_permissions: optional(
      permissions,
      'Of a directory that is made, also for `group_by`; 0755 where it is not set. Goes with `create_directory`.',
    ),
    flush_interval: ignored('data is written before its sender is answered'),
    encoding: unsupported('use `format`'),
  },
  ({path, append, compression, compression_params, rotation, group_by, ...directory}, node, report) => {
    if (path === '') report.fault(node.at, '`path` is empty');
    if (compression === '' && compression_params.level !== 0)
      report.fault(node.at, '`compression_params` needs a `compression`');
    if (directory.directory_permissions !== undefined && !directory.create_directory)
      report.fault(node.at, '`directory_permissions` goes with `create_directory: true` only');
    if (append && rotation !== undefined) report.fault(node.at, '`append` and `rotation` exclude each other');
    if (!group_by.enabled) return;
    if (path.startsWith('*')) report.fault(node.at, '`path` must not begin with `*`');
    if (path.split('*').length !== 2)
      report.fault(node.at, '`path` must hold exactly one `*` where `group_by` is enabled');
  },
);
type Config = ReturnType<typeof config.read>;

export const fileExporter: ExporterFactory<Config> = {
  help: 'Writes what passes to files, as OTLP JSON or protobuf.',
  signals: allSignals,
  config,
  create(settings, options) {
    const files = createFiles(settings, options);
    const encode = options.format === 'json' ? encodeJson : encodeProto;
    const isFramed = options.format === 'proto' || options.compression !== '';
    const write = async (path: string, batch: Lent<AnyBatch>): Promise<void> => {
      const body = encode(batch);
      const packed =
        options.compression === 'zstd' ? await compress('zstd', body, options.compression_params.level) : body;
      await files.write(path, isFramed ? framed(packed) : line(packed));
    };
    return {
      consumer: reads(async (batch) => {
        if (batch.items.count === 0) return;
        if (!options.group_by.enabled) return write(options.path, batch);
        for (const [path, rows] of pathsOf(settings, options, batch)) {
          await write(path, rows.length === batch.items.count ? batch : subset(batch, rows));
        }
      }),
      check: async () => checkWritable(options),
      start: async () => checkWritable(options),
      stop: files.close,
    };
  },
};

/** Throws FileError where nothing can be written there. */
function checkWritable({path, create_directory, group_by}: Config): void {
  // Directories are made as the data names them.
  if (group_by.enabled) return;
  const directory = dirname(path);
  try {
    const there = statSync(path, {throwIfNoEntry: false});
    if (there?.isDirectory()) throw new Error('it is a directory');
    if (there !== undefined) return accessSync(path, constants.W_OK);
    if (statSync(directory, {throwIfNoEntry: false}) !== undefined) return accessSync(directory, constants.W_OK);
    if (!create_directory) throw new Error(`${directory} is not there; make it, or set \`create_directory: true\``);
  } catch (error) {
    throw new FileError(path, `cannot write ${path}: ${errorMessage(error)}`, {cause: error});
  }
}

function framed(body: Uint8Array): Uint8Array {
  const record = new Uint8Array(4 + body.length);
  new DataView(record.buffer).setUint32(0, body.length);
  record.set(body, 4);
  return record;
}

function line(body: Uint8Array): Uint8Array {
  const record = new Uint8Array(body.length + 1);
  record.set(body);
  record[body.length] = 10;
  return record;
}

/** The rows of each file. Those whose resource does not say where they go are counted as failed. */
function pathsOf(
  {id, meter, log}: Settings,
  {path, group_by}: Config,
  batch: Lent<AnyBatch>,
): ReadonlyMap<string, readonly number[]> {
  const [before, after] = path.split('*') as [string, string];
  const key = utf8Bytes(group_by.resource_attribute);
  const known = new Map<number, string | undefined>();
  const paths = new Map<string, number[]>();
  let lost = 0;
  for (let row = 0; row < batch.items.count; row++) {
    const resource =
      batch.signal === 'metrics'
        ? batch.metrics.columns.resource.get(batch.points.columns.metric.get(row))
        : (batch.signal === 'traces' ? batch.spans : batch.logs).columns.resource.get(row);
    if (!known.has(resource)) {
      const found = findAttribute(batch, batch.resources.columns.attributes, resource, key);
      // However many `..` it has, it stays within the directory.
      known.set(
        resource,
        found < 0 ? undefined : before + posix.normalize(`/${goText(readValue(batch, found))}`).slice(1) + after,
      );
    }
    const to = known.get(resource);
    if (to === undefined) lost++;
    else if (paths.has(to)) paths.get(to)?.push(row);
    else paths.set(to, [row]);
  }
  if (lost > 0) {
    failedItems(meter, batch.signal).with({exporter: id, reason: 'no_path_segment'}).add(lost);
    log.warn(
      {items: lost, attribute: group_by.resource_attribute},
      'items without the attribute that names their file are dropped',
    );
  }
  return paths;
}

function createFiles({clock}: Settings, options: Config) {
  const {append, create_directory, directory_permissions: mode = 0o755, group_by} = options;
  const rotation: Rotation | undefined =
    options.rotation === undefined
      ? undefined
      : {
          maxBytes: (options.rotation.max_megabytes || 100) * 2 ** 20,
          maxDays: options.rotation.max_days,
          maxBackups: options.rotation.max_backups,
          localTime: options.rotation.localtime,
        };
  /** The one that was used last stands last. */
  const open = new Map<string, FileWriter>();
  /** A file that was closed in between is not emptied again; bounded, since names come with the data. */
  const begun = new Set<string>();
  return {
    async write(path: string, record: Uint8Array): Promise<void> {
      let writer = open.get(path);
      if (writer === undefined) {
        if (create_directory || group_by.enabled) {
          mkdirSync(dirname(path), {recursive: true, mode});
        }
        const truncate = !append && !group_by.enabled && !begun.has(path);
        writer = createFileWriter(path, {truncate, rotation, now: () => clock.now()});
        if (begun.size < 10_000) begun.add(path);
      }
      open.delete(path);
      open.set(path, writer);
      if (open.size > group_by.max_open_files) {
        const [oldest, idle] = open.entries().next().value as [string, FileWriter];
        open.delete(oldest);
        await idle.close();
      }
      await writer.write(record);
    },
    async close(): Promise<void> {
      await Promise.all([...open.values()].map((writer) => writer.close()));
      open.clear();
    },
  };
}
