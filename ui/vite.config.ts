import {join} from 'node:path';
import react from '@vitejs/plugin-react';
import {defineConfig} from 'vite';
import {precompress} from './precompress.ts';

const weft = process.env.WEFT_HTTP ?? 'http://127.0.0.1:16686';

/** `npm run dev --workspace ui` serves the page with hot reload against a running Weft (default address of `http`). */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), precompress(join(import.meta.dirname, 'dist'))],
  build: {target: 'es2022', assetsInlineLimit: 0, reportCompressedSize: true},
  server: {host: '127.0.0.1', port: 5173, proxy: {'/api': weft, '/ready': weft}},
});
