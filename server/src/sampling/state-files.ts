/** The files of the data directory in which sampling survives a restart: `sampling.json` and `sampling-traffic.json`. */
import {closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errorMessage, type Log, type TenantId} from '../base/index.ts';
import {parseSettings, parseTraffic, savedSettings, savedTraffic, type TenantSettings} from './saved.ts';
import type {Traffic} from './traffic.ts';

/** None of them throws or rejects: a disk that is full is no reason to do without what was set. */
export interface StateFiles {
  /** Undefined where there are none. */
  loadSettings(): ReadonlyMap<TenantId, TenantSettings> | undefined;
  /** On disk when it returns, as far as the disk can be trusted. */
  saveSettings(tenants: ReadonlyMap<TenantId, TenantSettings>): void;
  /** `trafficOf` gives the empty traffic of a tenant, undefined where it has no room. */
  loadTraffic(trafficOf: (tenant: TenantId) => Traffic | undefined, now: number): void;
  /** Beside the work: rates of a minute ago are good enough after a crash. */
  saveTraffic(tenants: ReadonlyMap<TenantId, Traffic>): Promise<void>;
  /** The last time: a `saveTraffic` under way leaves this file alone. */
  saveTrafficNow(tenants: ReadonlyMap<TenantId, Traffic>): void;
}

/** Without a directory nothing is kept. */
export function createStateFiles(directory: string | undefined, log: Log): StateFiles {
  if (directory === undefined) {
    return {loadSettings() {}, saveSettings() {}, loadTraffic() {}, async saveTraffic() {}, saveTrafficNow() {}};
  }
  const settingsPath = join(directory, 'sampling.json');
  const trafficPath = join(directory, 'sampling-traffic.json');
  /** Its own, since it is written while `replace` may write the other. */
  const scratch = `${trafficPath}.saving`;
  let ended = false;
  const load = <T>(path: string, parse: (document: unknown, warn: (message: string) => void) => T): T | undefined => {
    try {
      return parse(JSON.parse(readFileSync(path, 'utf8')), (message) => log.warn({path}, message));
    } catch (error) {
      const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isAbsent) log.warn({path}, `cannot be used and is left out: ${errorMessage(error)}`);
      return undefined;
    }
  };
  const unsaved = (path: string, error: unknown): void =>
    log.error({path, err: error}, 'cannot be saved: sampling is in force as it is, but will not survive a restart');
  const replace = (path: string, document: object): void => {
    try {
      replaceFile(path, JSON.stringify(document));
    } catch (error) {
      unsaved(path, error);
    }
  };
  return {
    loadSettings: () => load(settingsPath, parseSettings),
    saveSettings: (tenants) => replace(settingsPath, savedSettings(tenants)),
    loadTraffic: (trafficOf, now) =>
      load(trafficPath, (document, warn) => parseTraffic(document, trafficOf, now, warn)),
    async saveTraffic(traffic) {
      try {
        await writeFile(scratch, JSON.stringify(savedTraffic(traffic)), {mode: 0o600});
        // One that was saved at the end meanwhile is newer, and has removed nothing of this.
        if (!ended) await rename(scratch, trafficPath);
        else await rm(scratch, {force: true});
      } catch (error) {
        unsaved(trafficPath, error);
      }
    },
    saveTrafficNow(traffic) {
      ended = true;
      replace(trafficPath, savedTraffic(traffic));
    },
  };
}

/** In one step: after a crash at any moment it is the old file or the new one, whole. */
function replaceFile(path: string, text: string): void {
  const scratch = `${path}.new`;
  const file = openSync(scratch, 'w', 0o600);
  try {
    writeFileSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(scratch, path);
}
