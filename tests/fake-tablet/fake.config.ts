import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { messages } from '../../scripts/lib/messages.mjs';

const fake = fileURLToPath(new URL('./open-sessions.ts', import.meta.url));

/** The screens over a tablet in memory: `npx vite dev --config tests/fake-tablet/fake.config.ts`. Never part of the product. */
export default defineConfig({
  plugins: [
    {
      name: 'fake-tablet',
      enforce: 'pre',
      resolveId: (id) => (id.endsWith('/open-sessions.ts') ? fake : null),
    },
    paraglideVitePlugin(messages),
    sveltekit(),
  ],
  define: { global: 'globalThis' },
  server: { port: 5199, strictPort: true, fs: { allow: ['.'] }, hmr: false },
});
