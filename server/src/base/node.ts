/**
 * Node's modules whose exports are computed when they are first read: an `import` of one reads all of them. That of `node:http` so
 * loads a whole HTTP client and WebSockets (some 40 ms for each thread and process, more than half of Weft's modules take together),
 * that of `node:tls` parses every certificate authority, that of `node:util` loads what it only offers. Taken like this they are
 * loaded as `require` would. `tools/check-ladder.ts` holds the server to it; types are imported as ever.
 */
export const nodeHttp: typeof import('node:http') = process.getBuiltinModule('node:http');
export const nodeTls: typeof import('node:tls') = process.getBuiltinModule('node:tls');
export const nodeUtil: typeof import('node:util') = process.getBuiltinModule('node:util');
