/** Room on disk for what other components must not lose: their queues (the Collector's file_storage). */
import {chmodSync, mkdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {type DirectoryLock, FileError, lockDirectory} from '../base/index.ts';
import {bool, duration, ignored, object, scalar, text, withDefault} from '../config/index.ts';
import type {ExtensionFactory} from '../pipeline/index.ts';

const never = 'segments of a queue are removed as they are sent, so there is nothing to compact';
const permissions = scalar('octal permissions', (_, written) =>
  /^0?[0-7]{3}$/.test(written) ? {value: Number.parseInt(written, 8)} : 'expected octal permissions such as "0750"',
);

const config = object({
  directory: withDefault(
    text,
    '/var/lib/otelcol/file_storage',
    '/var/lib/otelcol/file_storage',
    'The directory. No other process may use it.',
  ),
  timeout: withDefault(duration(), 1000, '1s', 'How long to wait for another process to let the directory go.'),
  // The Collector does not sync unless told to.
  fsync: withDefault(
    bool,
    true,
    'true',
    'Whether data counts as safe only once it is on disk: else a power cut, though no crash, may lose some.',
  ),
  create_directory: withDefault(bool, false, 'false', 'Make the directory where it is not there.'),
  directory_permissions: withDefault(permissions, 0o750, '0750', 'Of a directory that is made.'),
  max_size: ignored('a queue is bounded by its exporter: `sending_queue: {sizer: bytes, queue_size: 268435456}`'),
  compaction: ignored(never),
  recreate: ignored('damaged records are passed over and counted; the others are kept'),
});

export const fileStorageExtension: ExtensionFactory<ReturnType<typeof config.read>> = {
  help: 'Keeps queues on disk: `sending_queue: {storage: file_storage}`.',
  config,
  create({id}, {directory, timeout, fsync, create_directory, directory_permissions}) {
    let lock: DirectoryLock | undefined;
    /** Whether it is there; throws where it is not what it should be. */
    const look = (): boolean => {
      const there = statSync(directory, {throwIfNoEntry: false});
      if (there !== undefined && !there.isDirectory())
        throw new FileError(directory, `${id}: ${directory} is no directory`);
      if (there === undefined && !create_directory) {
        throw new FileError(directory, `${id}: ${directory} is not there; make it, or set \`create_directory: true\``);
      }
      return there !== undefined;
    };
    return {
      async check() {
        look();
      },
      storage: (owner) => ({directory: join(directory, encodeURIComponent(owner)), fsync}),
      async start() {
        if (!look()) {
          mkdirSync(directory, {recursive: true, mode: directory_permissions});
          // Not less what the process's mask takes away from its parents.
          chmodSync(directory, directory_permissions);
        }
        lock = await lockDirectory(directory, timeout);
        if (lock === undefined) throw new Error(`${id}: another process uses ${directory}; name another directory`);
      },
      async stop() {
        await lock?.release();
      },
    };
  },
};
