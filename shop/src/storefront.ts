/** The storefront's page: three files beside this one, read once. */
import {readFileSync} from 'node:fs';
import type {Route} from './http-service.ts';

const files = [
  {path: '/', file: 'page.html', type: 'text/html; charset=utf-8'},
  {path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8'},
  {path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8'},
] as const;

/** `weftUrl` is where the page's links to traces lead. */
export function storefrontRoutes(weftUrl: string): Route[] {
  return files.map(({path, file, type}) => {
    const text = readFileSync(new URL(`storefront/${file}`, import.meta.url), 'utf8').replaceAll('%WEFT_URL%', weftUrl);
    return {method: 'GET', path, handle: () => ({text, headers: {'content-type': type}})};
  });
}
