/** Kafka's clients of other languages: how each is built, once, into `.cache/`; or why it cannot be had here. */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';

export type Command = readonly [command: string, ...args: string[]];
export type Prepared = {readonly run: Command} | {readonly missing: string};

const here = import.meta.dirname;
const cache = join(here, '..', '..', '.cache', 'kafka-clients');

/** Runs to the end; undefined where it succeeded, else what it said. */
function fails([command, ...args]: Command, cwd: string, timeout: number): string | undefined {
  const {status, error, stderr} = spawnSync(command, args, {cwd, encoding: 'utf8', timeout});
  if (error === undefined && status === 0) return undefined;
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit ${status}`;
}

/** Builds a folder's program into the cache, unless it is there from the same sources; `build` is given where to. */
function built(
  language: string,
  build: (target: string) => readonly Command[],
  timeout = 300_000,
): {readonly target: string} | {readonly missing: string} {
  const folder = join(here, language);
  const hash = createHash('sha256');
  const sources = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((one) => one.isFile());
  for (const one of sources.map(({parentPath, name}) => join(parentPath, name)).sort()) hash.update(readFileSync(one));
  const target = join(cache, `${language}-${hash.digest('hex').slice(0, 12)}`);
  const done = `${target}.done`;
  if (existsSync(done)) return {target};
  mkdirSync(cache, {recursive: true});
  rmSync(target, {recursive: true, force: true});
  for (const command of build(target)) {
    const reason = fails(command, folder, timeout);
    if (reason !== undefined) return {missing: reason};
  }
  mkdirSync(`${done}-`);
  renameSync(`${done}-`, done);
  return {target};
}

export function prepare(language: string, library: string): Prepared {
  switch (language) {
    case 'go': {
      const program = built('go', (target) => [['go', 'build', '-o', target, '.']]);
      return 'missing' in program ? program : {run: [program.target]};
    }
    case 'python': {
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'];
      const program = built('python', (target) => [
        ['python3', '-m', 'venv', target],
        [join(target, 'bin', 'python'), ...pip],
      ]);
      return 'missing' in program ? program : {run: [join(program.target, 'bin', 'python'), 'client.py']};
    }
    case 'java': {
      const maven = ['-q', '-B', 'dependency:build-classpath'];
      const program = built('java', (target) => [
        ['java', '-version'],
        ['mvn', ...maven, `-Dmdep.outputFile=${target}`],
      ]);
      if ('missing' in program) return program;
      return {run: ['java', '-cp', readFileSync(program.target, 'utf8').trim(), 'Client.java']};
    }
    case 'rust': {
      const build = ['build', '--quiet', '--locked', '--target-dir'];
      const program = built('rust', (target) => [['cargo', ...build, target]], 1_000_000);
      return 'missing' in program ? program : {run: [join(program.target, 'debug', 'weft-kafka-interop')]};
    }
    default:
      throw new Error(`BUG: no way to prepare ${library} of ${language}`);
  }
}
