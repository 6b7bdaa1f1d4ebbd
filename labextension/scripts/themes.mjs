// JupyterLab's own variables, both themes in one style sheet: `:root` becomes the theme that is chosen.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** @type {import('esbuild').Plugin} */
export const themeVariables = {
  name: 'theme-variables',
  setup(build) {
    build.onResolve({ filter: /^theme:/ }, ({ path }) => ({ path, namespace: 'theme' }));
    build.onLoad({ filter: /.*/, namespace: 'theme' }, async ({ path }) => {
      const theme = path.slice('theme:'.length);
      const file = resolve(`@jupyterlab/theme-${theme}-extension/style/variables.css`);
      const chosen = `:root[data-jp-theme-light='${theme === 'light'}']`;
      const contents = (await readFile(file, 'utf8')).replaceAll(':root', chosen);
      return { contents, loader: 'css', watchFiles: [file] };
    });
  }
};
