/** Follows a strategies file, or a URL that serves one: read at start and whenever it changes. */
import {readFile} from 'node:fs/promises';
import {errorMessage, FileError, type Log} from '../base/index.ts';
import {parseStrategies, type Strategies, withoutFile} from './strategies-file.ts';

export interface StrategiesSourceOptions {
  /** A path, or an `http:` or `https:` URL. */
  readonly path: string;
  /** The strategies themselves, instead; `path` is then only their name. */
  readonly contents?: string | undefined;
  /** Milliseconds between two looks; 0 looks once. */
  readonly reloadInterval: number;
  /** For what the file leaves open. */
  readonly probability: number;
}

export interface StrategiesSource {
  readonly path: string;
  readonly strategies: Strategies;
  /** Why the file as it is now is not in force. */
  readonly problem: string | undefined;
  /** Before a service is answered: makes the strategy for it be there, where that is not known yet. */
  prepare?(service: string): Promise<void>;
  /** Looks now; never rejects. */
  reload(): Promise<void>;
  stop(): void;
}

const urlTimeoutMillis = 5000;

/** Rejects with FileError where a file cannot be used; nothing is asked of a URL. */
export async function checkStrategies({
  path,
  contents,
  probability,
}: Pick<StrategiesSourceOptions, 'path' | 'contents' | 'probability'>): Promise<void> {
  if (isUrl(path)) return;
  await usable(path, async () => parseStrategies(contents ?? (await readFile(path, 'utf8')), probability));
}

async function usable(path: string, read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    throw new FileError(path, `sampling strategies ${path}: ${errorMessage(error)}`, {cause: error});
  }
}

/** Rejects where a file cannot be used; a URL may come later. */
export async function followStrategies(options: StrategiesSourceOptions, log: Log): Promise<StrategiesSource> {
  const {path, contents, reloadInterval, probability} = options;
  let strategies = withoutFile(probability);
  let problem: string | undefined;
  let text: string | undefined;
  const load = async (): Promise<void> => {
    const now = contents ?? (await (isUrl(path) ? download(path) : readFile(path, 'utf8')));
    if (now === text) {
      problem = undefined;
      return;
    }
    strategies = parseStrategies(now, probability);
    problem = undefined;
    text = now;
    for (const warning of strategies.warnings) log.warn({path}, `sampling strategies: ${warning}`);
    log.info({path, services: strategies.byService.size}, 'sampling strategies are read');
  };
  const reload = async (): Promise<void> => {
    try {
      await load();
    } catch (error) {
      if (problem === undefined) {
        log.warn({path}, `the sampling strategies cannot be used, the former stay: ${errorMessage(error)}`);
      }
      problem = errorMessage(error);
    }
  };
  if (isUrl(path)) await reload();
  else await usable(path, load);
  const timer = reloadInterval > 0 ? setInterval(() => void reload(), reloadInterval).unref() : undefined;
  return {
    path,
    get strategies() {
      return strategies;
    },
    get problem() {
      return problem;
    },
    reload,
    stop: () => clearInterval(timer),
  };
}

const isUrl = (path: string): boolean => /^https?:\/\//.test(path);

async function download(url: string): Promise<string> {
  const response = await fetch(url, {signal: AbortSignal.timeout(urlTimeoutMillis)});
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}
