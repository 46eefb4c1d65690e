/** The configuration that runs, and what became of those that were to follow it. */
import type {PipelineConfiguration} from '../api/index.ts';
import {errorMessage, type Log, nodeUtil, unixNanoFromMillis} from '../base/index.ts';
import {formatFault} from '../config/index.ts';
import {type Change, type CollectorConfig, ComponentFaults, type LoadedConfig} from '../pipeline/index.ts';

/** Where the configuration is read from, again and again. */
export interface ConfigSource {
  /** As `--config` names them. */
  readonly names: readonly string[];
  /** Paths of all files that the last reading was made of, those that it refers to included. */
  files(): readonly string[];
  load(): Promise<LoadedConfig>;
}

export interface Configuration {
  readonly state: PipelineConfiguration;
  /** In words, for those who look at the state of Weft: why what is written does not run. */
  readonly problems: readonly string[];
  /** Reads the configuration and goes over to it. A faulty one changes nothing; the log says every fault. Never rejects. */
  reload(): Promise<void>;
}

export function createConfiguration(
  source: ConfigSource | undefined,
  running: CollectorConfig,
  apply: (config: CollectorConfig) => Promise<Change>,
  log: Log,
  warnings: readonly string[] = [],
): Configuration {
  const now = (): string => unixNanoFromMillis(Date.now()).toString();
  let state: PipelineConfiguration = {
    sources: source?.names ?? [],
    loadedUnixNano: now(),
    warnings,
    atNextStart: [],
  };
  const refuse = (faults: readonly string[]): void => {
    state = {...state, refused: {atUnixNano: now(), faults}};
    for (const fault of faults) log.error({}, `the configuration is not taken over: ${fault}`);
  };
  const load = async ({load}: ConfigSource): Promise<void> => {
    const loaded = await load();
    if (loaded.kind === 'faulty') return refuse(loaded.faults.map(formatFault));
    let change: Change;
    try {
      change = await apply(loaded.config);
    } catch (error) {
      return refuse(error instanceof ComponentFaults ? error.faults.map(formatFault) : [errorMessage(error)]);
    }
    const warned = loaded.warnings.map(formatFault);
    for (const warning of warned) log.warn({}, warning);
    const atNextStart = differences(running.weft, loaded.config.weft, 'weft');
    for (const path of atNextStart) log.warn({setting: path}, `\`${path}\` was changed and is taken at the next start`);
    state = {sources: state.sources, loadedUnixNano: now(), warnings: warned, atNextStart};
    log.info({...change}, 'the configuration was loaded again');
  };
  let last: Promise<void> = Promise.resolve();
  return {
    get state() {
      return state;
    },
    get problems() {
      const {refused} = state;
      if (refused === undefined) return [];
      return refused.faults.map((fault) => `the configuration that is written now is not in use: ${fault}`);
    },
    reload() {
      if (source !== undefined) last = last.then(() => load(source)).catch((error) => refuse([errorMessage(error)]));
      return last;
    },
  };
}

/** Paths of the settings in which two sections differ. */
function differences(one: unknown, other: unknown, path: string): string[] {
  if (isSection(one) && isSection(other)) {
    return Object.keys({...one, ...other}).flatMap((key) => differences(one[key], other[key], `${path}.${key}`));
  }
  const same =
    one instanceof URL && other instanceof URL ? one.href === other.href : nodeUtil.isDeepStrictEqual(one, other);
  return same ? [] : [path];
}

const isSection = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
