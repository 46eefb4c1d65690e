import {join} from 'node:path';
import react from '@vitejs/plugin-react';
import {defineConfig} from 'vite';
import {precompress} from './precompress.ts';

/** `npm run dev --workspace ui` serves the page with hot reload against a running Weft (default address of `http`). */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), precompress(join(import.meta.dirname, 'dist'))],
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
            {
              name: 'shared',
              minShareCount: 3,
              test: /node_modules\/(?!uplot|react-remove-scroll|@floating-ui|@mantine\/core\/esm\/components\/(?:Modal|Menu|Popover|Combobox|Select|ScrollArea|Transition|Portal))|ui\/src\/(?!.*\/(en|zh-han[st])\.ts)/,
            },
          ],
        },
      },
    },
  },
  server: {host: '127.0.0.1', port: 5173, proxy: {'/api': process.env.WEFT_HTTP ?? 'http://127.0.0.1:16686'}},
});
