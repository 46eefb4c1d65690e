/** Where this Weft listens, for scripts and tests that started it on free ports: `DIR/endpoints.json`. */
import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {mapOf, parseJson, string} from '../config/index.ts';

/** Address (`127.0.0.1:4317`) by name: `otlp_grpc`, `otlp_http`, `http`. */
export type Endpoints = Readonly<Record<string, string>>;

const file = (directory: string): string => join(directory, 'endpoints.json');

/** Replaces the file in one step, so that no reader sees half of it. */
export function writeEndpoints(directory: string, endpoints: Endpoints): void {
  const scratch = `${file(directory)}.new`;
  writeFileSync(scratch, `${JSON.stringify(endpoints, undefined, 2)}\n`);
  renameSync(scratch, file(directory));
}

/** Undefined where no Weft runs on the directory. Throws an Error that says what is wrong with the file. */
export function readEndpoints(directory: string): Endpoints | undefined {
  let text: string;
  try {
    text = readFileSync(file(directory), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return Object.fromEntries(parseJson(mapOf(string()), text, file(directory)));
}

export function removeEndpoints(directory: string): void {
  rmSync(file(directory), {force: true});
}
