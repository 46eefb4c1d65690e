/** Where this Weft listens, for scripts and tests that started it on free ports: `DIR/endpoints.json`. */
import {renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** Address (`127.0.0.1:4317`) by name: `otlp_grpc`, `otlp_http`, `http`. */
export type Endpoints = Readonly<Record<string, string>>;

const file = (directory: string): string => join(directory, 'endpoints.json');

/** Replaces the file in one step, so that no reader sees half of it. */
export function writeEndpoints(directory: string, endpoints: Endpoints): void {
  const scratch = `${file(directory)}.new`;
  writeFileSync(scratch, `${JSON.stringify(endpoints, undefined, 2)}\n`);
  renameSync(scratch, file(directory));
}

export function removeEndpoints(directory: string): void {
  rmSync(file(directory), {force: true});
}
