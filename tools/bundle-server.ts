/**
 * Puts the server's modules into a few files, which `../weft` runs: loading some eight hundred one by one is most of a start
 * (docs/decisions/0091-server-in-few-files.md). Each result has a directory of its own in `server/dist`, and `current` names the
 * newest: a Weft that runs still finds the parts that it has not needed yet.
 */
import {mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {rolldown} from 'rolldown';

const server = join(import.meta.dirname, '..', 'server');
const dist = join(server, 'dist');
/** With native parts, data or workers beside their code, or of use to few. */
const external = /^(chdb|@weft\/shop|@platformatic\/kafka|@grpc\/grpc-js|re2js|uap-core)(\/|$)/;
const keptResults = 3;

const begun = new Date();
const name = `${begun.getTime()}-${process.pid}`;
const bundle = await rolldown({
  input: ['main/cli.ts', 'main/api-thread.ts', 'engine/process.ts'].map((entry) => join(server, 'src', entry)),
  platform: 'node',
  external,
  logLevel: 'silent',
});
await bundle.write({dir: join(dist, name), format: 'esm'});
await bundle.close();
// A source that was changed meanwhile is newer.
utimesSync(join(dist, name, 'cli.js'), begun, begun);
const link = join(dist, `current-${process.pid}`);
mkdirSync(dist, {recursive: true});
symlinkSync(name, link);
renameSync(link, join(dist, 'current'));

const results = readdirSync(dist).filter((entry) => /^\d+-\d+$/.test(entry));
results.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
for (const old of results.slice(keptResults)) rmSync(join(dist, old), {recursive: true, force: true});
