import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { messages } from './scripts/lib/messages.mjs';

const apiOrigin = process.env['API_ORIGIN'] ?? 'http://localhost:8080';

/** `vite build` is the app; `vite build --mode server` is the server and its command line. */
export default defineConfig(({ mode }) =>
  mode === 'server'
    ? {
        publicDir: false,
        build: {
          ssr: true,
          outDir: 'build/server',
          target: 'node20',
          sourcemap: true,
          emptyOutDir: true,
          rolldownOptions: {
            input: { main: 'sync-server/main.ts', cli: 'sync-server/cli/main.ts' },
            // All in one folder: couchdb/ and build/client are found from where a module lies.
            output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
          },
        },
      }
    : {
        plugins: [paraglideVitePlugin(messages), sveltekit()],
        // PouchDB reads `global`, which browsers do not have.
        define: { global: 'globalThis' },
        server: { port: 5173, proxy: { '/api': { target: apiOrigin, changeOrigin: false } } },
      },
);
