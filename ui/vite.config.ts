import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import react from '@vitejs/plugin-react';
import {defineConfig, type Plugin, type Rolldown} from 'vite';
import {firstLoads} from './first-loads.ts';
import {precompress} from './precompress.ts';

const late =
  'uplot|react-remove-scroll|@floating-ui|@mantine/core/esm/components/(?:Modal|Menu|Popover|Combobox|Select|ScrollArea|Transition|Portal)';
const code = 'ui/src/(?!.*/(en|zh-han[st])\\.ts)';

/** `npm run dev --workspace ui` serves the page with hot reload against a running Weft (default address of `http`). */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    react(),
    portableFaces(),
    precompress(join(import.meta.dirname, 'dist')),
    firstLoads(join(import.meta.dirname, 'dist')),
  ],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What most views need comes in one file: a dozen small ones are slower to fetch and compress worse. Texts stay apart,
          // lest every reader fetches all languages, and so does what only charts, dialogs and menus need: these come afterwards.
          groups: [
            {name: 'shared', minShareCount: 3, test: new RegExp(`node_modules/(?!${late})|${code}`)},
            // What the shell itself needs comes with it, if only one page shares it: else a file for every such icon.
            {name: atOnce, debugName: 'shell', minShareCount: 2, test: new RegExp(`@tabler|${code}`)},
          ],
        },
      },
    },
  },
  server: {host: '127.0.0.1', port: 5173, proxy: {'/api': process.env.WEFT_HTTP ?? 'http://127.0.0.1:16686'}},
});

/** Of the server's folders the page takes the part that runs in a browser, where a folder says which: its `portable.ts`. */
function portableFaces(): Plugin {
  return {
    name: 'portable-faces',
    enforce: 'pre',
    resolveId(id, importer) {
      if (importer === undefined || !importer.includes('/server/src/') || !id.endsWith('/index.ts')) return undefined;
      const portable = resolve(importer, '..', id.replace(/index\.ts$/, 'portable.ts'));
      return existsSync(portable) ? portable : undefined;
    },
  };
}

/** The chunk of modules that `main.tsx` imports, directly or not; `null` for all others. */
function atOnce(id: string, bundle: Rolldown.ChunkingContext): string | null {
  const seen = new Set<string>();
  const reaches = (one: string): boolean => {
    if (one.endsWith('/ui/src/app/main.tsx')) return true;
    if (seen.has(one)) return false;
    seen.add(one);
    return bundle.getModuleInfo(one)?.importers.some(reaches) ?? false;
  };
  return reaches(id) ? 'shell' : null;
}
