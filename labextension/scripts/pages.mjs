// Bundles the hub's pages into the control plane's static files: one script, one style sheet.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { themeVariables } from './themes.mjs';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const outdir = here('../../control_plane/gemini_control/static/pages');
const watching = process.argv.includes('--watch');

/** @type {import('esbuild').BuildOptions} */
const options = {
  entryPoints: { pages: here('../src/pages/index.tsx') },
  outdir,
  bundle: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  minify: !watching,
  sourcemap: watching ? 'inline' : false,
  legalComments: 'none',
  plugins: [themeVariables],
  loader: { '.svg': 'text', '.woff2': 'dataurl' },
  define: { 'process.env.NODE_ENV': watching ? '"development"' : '"production"' },
  logLevel: 'info'
};

if (watching) {
  await (await context(options)).watch();
} else {
  await rm(outdir, { recursive: true, force: true });
  await build(options);
}
