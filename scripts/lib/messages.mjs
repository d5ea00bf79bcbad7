/**
 * How the screens' words are compiled. Nothing is fetched: the plugin that reads client/messages is loaded from
 * node_modules (project.inlang/settings.json). The language is kept in local storage, never in a cookie or a URL.
 * @type {import('@inlang/paraglide-js').CompilerOptions}
 */
export const messages = {
  project: './project.inlang',
  outdir: './client/lib/paraglide',
  strategy: ['localStorage', 'baseLocale'],
  localStorageKey: 'language',
  emitTsDeclarations: true,
  // Files are written over, never taken away first: another process may be reading them.
  cleanOutdir: false,
};
