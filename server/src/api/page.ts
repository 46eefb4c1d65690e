/** The page: files of its build, cached for ever where their names carry a hash, and `index.html` for the page's own addresses. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import fastifyStatic from '@fastify/static';
import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import {ApiFailure} from './errors.ts';
import {pagePreloads} from './page-preloads.ts';

/** Addresses under these are APIs: what is not found there is never the page. */
const apiPrefixes = ['/api', '/zipkin/api', '/tempo', '/prometheus', '/loki', '/mcp'];
const prefixOf = (path: string): string | undefined =>
  apiPrefixes.find((one) => path === one || path.startsWith(`${one}/`));
/** Whether programs ask there, and not people. */
export const isApiPath = (path: string): boolean => prefixOf(path) !== undefined;

/** Languages whose APIs are to come, by the prefix reserved for them. */
const reserved: Readonly<Record<string, string>> = {
  '/loki': "Loki's API",
};

/**
 * Serves the page from `directory`; undefined serves none. Registers the answer to everything that no route takes.
 * Vite's hashed names lie in `assets/`; everything else may change under its name and is asked for again.
 */
export function registerPage(app: FastifyInstance, directory: string | undefined): void {
  const preloads = directory === undefined ? () => '' : pagePreloads(directory);
  if (directory !== undefined) {
    app.register(fastifyStatic, {
      root: directory,
      wildcard: false,
      index: false,
      serve: false,
      // The build has compressed them better than a request could wait for.
      preCompressed: true,
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    const path = decodedPath(request.url);
    const prefix = prefixOf(path);
    if (prefix !== undefined) throw unknownAddress(request.method, path, prefix);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuseMethod(request, reply, ['GET', 'HEAD']);
    }
    if (directory === undefined) {
      throw new ApiFailure('page_absent', {});
    }
    // The last part of the page's own addresses is never a file's name, save that of a service: `/services/web.js`.
    return /\.[a-z0-9]{1,8}$/i.test(path) && !path.startsWith('/services/')
      ? sendFile(request, reply, path)
      : sendIndex(reply, directory, preloads(path));
  });
}

/** Throws the failure of a method that an address does not take, and names those that it does (RFC 9110, 15.5.6). */
export function refuseMethod(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): never {
  const methods = allowed.join(', ');
  reply.header('allow', methods);
  throw new ApiFailure('method_unknown', {method: request.method, path: decodedPath(request.url), methods});
}

async function sendFile(_request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
  // Names that no file of the page has and that the file system, or its library, would fail on.
  if (/[\0\\]|(^|\/)\.\.?(\/|$)|%/.test(path)) throw new ApiFailure('file_missing', {});
  const hashed = path.startsWith('/assets/');
  return reply.sendFile(path.slice(1), {
    cacheControl: true,
    maxAge: hashed ? '1y' : 0,
    immutable: hashed,
  });
}

async function sendIndex(reply: FastifyReply, directory: string, preloads: string): Promise<FastifyReply> {
  let index: Buffer;
  try {
    index = await readFile(join(directory, 'index.html'));
  } catch {
    throw new ApiFailure('page_unbuilt', {});
  }
  if (preloads !== '') reply.header('link', preloads);
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(index);
}

function unknownAddress(method: string, path: string, prefix: string): ApiFailure {
  const language = reserved[prefix];
  return language === undefined
    ? new ApiFailure('address_unknown', {method, path})
    : new ApiFailure('address_to_come', {language, prefix});
}

function decodedPath(url: string): string {
  const path = url.split('?', 1)[0] as string;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
