/** Writes down which files each page needs first, so that Weft can name them in the headers of the page's own answer. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Plugin, Rolldown} from 'vite';

/** Where a page's code begins: see the router's `lazyPart`s. */
const pageFile = /\/ui\/src\/pages\/([^/]+|services\/service)\/index\.ts$/;

/** `first-loads.json`: the name of a page's folder → its files beyond those that `index.html` names. */
export function firstLoads(directory: string): Plugin {
  const pages: Record<string, string[]> = {};
  return {
    name: 'first-loads',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = new Map(
        Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file] as const] : [])),
      );
      const entry = [...chunks.values()].find((chunk) => chunk.isEntry);
      if (entry === undefined) throw new Error('BUG: the page has no entry');
      const atOnce = filesOf(entry, chunks);
      for (const chunk of chunks.values()) {
        const page = pageFile.exec(chunk.facadeModuleId ?? '')?.[1];
        if (page !== undefined) pages[page] = [...filesOf(chunk, chunks)].filter((file) => !atOnce.has(file));
      }
    },
    // Not `closeBundle`, which runs after a failed build too and would hide its fault behind one of its own.
    async writeBundle() {
      await writeFile(join(directory, 'first-loads.json'), JSON.stringify(pages));
    },
  };
}

/** A chunk, all that it imports, and their styles. */
function filesOf(chunk: Rolldown.OutputChunk, chunks: ReadonlyMap<string, Rolldown.OutputChunk>): Set<string> {
  const files = new Set<string>();
  const add = (one: Rolldown.OutputChunk): void => {
    if (files.has(one.fileName)) return;
    files.add(one.fileName);
    for (const style of one.viteMetadata?.importedCss ?? []) files.add(style);
    for (const name of one.imports) {
      const imported = chunks.get(name);
      if (imported !== undefined) add(imported);
    }
  };
  add(chunk);
  return files;
}
