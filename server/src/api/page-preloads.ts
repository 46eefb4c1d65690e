/** What a page asks for first, told in the header `Link` of its HTML: the browser fetches it while the page's own code still comes. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

/** The page at a path, by the name of its code's folder. */
function pageAt(path: string): string {
  const [, first = '', second, below] = path.split('/');
  if (first === 'services' && second) return 'services/service';
  if (first === 'mend' || (first === 'trace' && below === 'compare')) return 'compare';
  return first || 'explore';
}

/**
 * From the path of an address to the header's value; '' where there is nothing to tell. Reads the list that the page's build wrote
 * (`ui/first-loads.ts`); a page without one is fetched without hints.
 */
export function pagePreloads(directory: string): (path: string) => string {
  const pages = readPages(join(directory, 'first-loads.json'));
  return (path) => {
    const links = (pages.get(pageAt(path)) ?? []).map((file) =>
      file.endsWith('.css') ? `</${file}>; rel=preload; as=style; crossorigin` : `</${file}>; rel=modulepreload`,
    );
    const traceId = traceIdIn(path);
    if (traceId !== undefined) links.unshift(`</api/weft/v1/traces/${traceId}>; rel=preload; as=fetch; crossorigin`);
    return links.join(', ');
  };
}

/** As the page itself will ask for it, since only the same address is the same answer. */
function traceIdIn(path: string): string | undefined {
  const digits = /^\/trace\/([0-9a-fA-F]{1,32})$/.exec(path)?.[1];
  return digits === undefined || /^0+$/.test(digits) ? undefined : digits.toLowerCase().padStart(32, '0');
}

function readPages(file: string): ReadonlyMap<string, readonly string[]> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>));
  } catch {
    return new Map();
  }
}
