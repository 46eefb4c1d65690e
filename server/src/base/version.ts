import {readFileSync} from 'node:fs';

/** Weft's own, as its package says it. */
export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
