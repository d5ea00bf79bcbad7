import { readFileSync } from 'node:fs';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { messages } from './scripts/lib/messages.mjs';

const apiOrigin = process.env['API_ORIGIN'] ?? 'http://localhost:8080';

/**
 * zod can describe its schemas as JSON Schema; only the server does (OpenAPI). Without it the app is 6 KB lighter, and all that is lost
 * is `toJSONSchema` and what zod tells of its own limits (`maxLength`, `minValue`); parsing is untouched.
 */
const withoutJsonSchema: Plugin = {
  name: 'without-json-schema',
  apply: 'build',
  enforce: 'pre',
  load(id) {
    if (!/\/zod\/v4\/core\/(?:to-json-schema|json-schema-processors)\.js$/.test(id)) return null;
    const names = [...readFileSync(id, 'utf8').matchAll(/^export (?:const|function) (\w+)/gm)].map(
      ([, name]) => name,
    );
    return [
      'const nothing = () => ({});',
      ...names.map((name) => `export const ${name} = nothing;`),
      ...(id.endsWith('to-json-schema.js') ? ['export { nothing as process };'] : []),
    ].join('\n');
  },
};

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
        plugins: [withoutJsonSchema, paraglideVitePlugin(messages), sveltekit()],
        // The same library for the browsers of the last years, as its own authors build it.
        resolve: {
          alias: [{ find: /^dexie$/, replacement: 'dexie/dist/modern/dexie.min.mjs' }],
          // RxJS has its classes as classes only for those who ask.
          conditions: ['es2015', ...defaultClientConditions],
        },
        // PouchDB reads `global`, which browsers do not have.
        define: { global: 'globalThis' },
        build: {
          rolldownOptions: {
            output: {
              // What every screen needs is one file, and what opens a person's records another: sixty small ones compress badly.
              codeSplitting: {
                groups: [
                  // What begins, and no rules: the page is there before the next one is run.
                  {
                    name: 'first',
                    test: /client\/hooks\.client\.ts$|kit\/src\/runtime\/client\/entry\.js$|generated\/client-optimized\/app\.js$|vite\/preload-helper/,
                    priority: 3,
                  },
                  { name: 'shell', test: /client\/routes\/\+layout\.svelte$/, priority: 2 },
                  { name: 'tablet', test: /client\/lib\/tablet\/open-tablet\.ts$/, priority: 1 },
                  { name: 'lists', test: /client\/routes\/\(lists\)\/\+layout\.svelte$/, priority: 0 },
                ],
              },
            },
          },
        },
        server: { port: 5173, proxy: { '/api': { target: apiOrigin, changeOrigin: false } } },
      },
);
