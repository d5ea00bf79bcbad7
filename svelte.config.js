import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { sourceHash } from './scripts/lib/source-hash.mjs';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({
      pages: 'build/client',
      assets: 'build/client',
      fallback: 'index.html',
      precompress: true,
    }),
    files: {
      src: 'client',
      assets: 'client/static',
      lib: 'client/lib',
      routes: 'client/routes',
      appTemplate: 'client/app.html',
      errorTemplate: 'client/error.html',
      serviceWorker: 'client/service-worker',
      params: 'client/params',
      hooks: {
        client: 'client/hooks.client',
        server: 'client/hooks.server',
        universal: 'client/hooks',
      },
    },
    // Registered by workbox-window, which also shows the update prompt.
    serviceWorker: { register: false },
    // The same sources give the same version, so an unchanged app never asks for an update.
    version: { name: process.env['APP_VERSION'] ?? sourceHash('client').slice(0, 12) },
    typescript: {
      // The root tsconfig.json says what is checked; the worker has its own (client/tsconfig.sw.json).
      config: (generated) => ({ ...generated, include: [], exclude: [] }),
    },
  },
};
