import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import { importBoundaries, sharedIsPure } from './scripts/lint/boundaries.mjs';
import svelteConfig from './svelte.config.js';

const worker = ['client/service-worker.ts', 'client/lib/worker/**/*.ts'];
const environmentReaders = ['sync-server/config.ts', 'scripts/**', 'tests/**', '*.config.{js,ts}'];

export default defineConfig(
  globalIgnores([
    'build/',
    '.svelte-kit/',
    'client/lib/paraglide/',
    'client/static/',
    'data/',
    'test-results/',
    'playwright-report/',
    'project.inlang/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  prettier,
  svelte.configs.prettier,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.js', '.mjs'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [
        createNodeResolver({
          extensions: ['.ts', '.js', '.mjs', '.svelte'],
          tsconfig: { configFile: `${import.meta.dirname}/tsconfig.json` },
        }),
      ],
    },
    rules: {
      'no-console': ['error'],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only sync-server/config.ts reads the environment. Take the value as an argument.',
        },
      ],
      eqeqeq: ['error', 'always'],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Numbers in messages are plain and safe; objects and null are still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A callback that returns nothing may be written as a one-line arrow.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `interface` or `type` changes nothing that anybody can observe here.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // `let { a } = $props()` is reassigned by Svelte, and the rule knows it where the core one does not.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props', '$derived'] }],
      // The app is served from the root of its own origin: there is no base path to resolve.
      'svelte/no-navigation-without-resolve': 'off',
      // {@render x()} and event attributes are typed by svelte-check, which sees the template whole.
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    // What a component with `generics` gives its snippets and callbacks is `any` to the linter, which does not see type arguments in a template;
    // svelte-check does, and refuses a real `any`.
    files: ['client/lib/{admin,audit}/**/*.svelte'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-duplicate-type-constituents': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
    },
  },
  {
    files: worker,
    languageOptions: {
      globals: globals.serviceworker,
      parserOptions: { projectService: false, project: ['./client/tsconfig.sw.json'] },
    },
  },
  { files: environmentReaders, rules: { 'no-restricted-properties': 'off' } },
  sharedIsPure,
  ...importBoundaries,
  {
    files: ['scripts/**', 'deploy/**', '*.config.js', '*.config.ts', 'client/static/**/*.js'],
    rules: {
      // Plain scripts read JSON and command lines; their types are JSDoc, checked by tsc.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // CouchDB's own JavaScript: one old-fashioned function a file, called by the store.
    files: ['couchdb/**/*.js'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: {
      sourceType: 'script',
      globals: { emit: 'readonly', sum: 'readonly' },
      parserOptions: { projectService: false },
    },
    rules: {
      'no-unused-vars': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
      'no-var': 'off',
      // Means nothing outside modules and components, and stops on a script.
      'svelte/no-inner-declarations': 'off',
    },
  },
  {
    files: ['svelte.config.js'],
    rules: {
      // `files` is how SvelteKit 2 is told of another layout than src/; it is supported until SvelteKit 3.
      '@typescript-eslint/no-deprecated': 'off',
    },
  },
  {
    files: ['tests/**'],
    rules: {
      // A test may say "this is here" about a fixture it has just made.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
