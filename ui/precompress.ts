/** Compresses the built files as small as they get, once, so that no request waits for it: Brotli and gzip beside each file. */
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {brotliCompress, constants, gzip} from 'node:zlib';
import type {Plugin} from 'vite';

const brotliOf = promisify(brotliCompress);
const gzipOf = promisify(gzip);
/** Below this a smaller body does not make a smaller packet. */
const smallest = 1024;

export function precompress(directory: string): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    // Not `closeBundle`, which runs after a failed build too and would hide its fault behind one of its own.
    async writeBundle() {
      const files = (await readdir(join(directory, 'assets'))).filter((name) => /\.(js|css)$/.test(name));
      await Promise.all(files.map((name) => compressFile(join(directory, 'assets', name))));
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < smallest) return;
  const [br, gz] = await Promise.all([
    brotliOf(content, {params: {[constants.BROTLI_PARAM_SIZE_HINT]: content.length}}),
    gzipOf(content, {level: 9}),
  ]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
}
