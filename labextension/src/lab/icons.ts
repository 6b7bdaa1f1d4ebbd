/** Our icons in Lab's form: their colours are classes of Lab's themes. */
import { LabIcon } from '@jupyterlab/ui-components';

const svg = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">${body}</svg>`;

/** Two stars joined: the twins. */
export const geminiIcon = new LabIcon({
  name: 'gemini:mark',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M4 3.2c5 1.9 11 1.9 16 0v2.3c-1 .4-2.1.7-3.2.9v11.2c1.1.2 2.2.5 3.2.9v2.3c-5-1.9-11-1.9-16 0v-2.3c1-.4 2.1-.7 3.2-.9V6.4C6.100 6.200 5 5.900 4 5.500zM9.400 6.800v10.400c1.700-.15 3.500-.15 5.200 0V6.800c-1.700.15-3.500.15-5.200 0z"/>'
  )
});

/** A curve that rises: training. */
export const trainingIcon = new LabIcon({
  name: 'gemini:training',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M3 3h2v16h16v2H3zM8.700 16.300 7.300 14.900l4.200-4.600 3 2.400 4.700-6.300 1.600 1.200-6 8-3.100-2.500z"/>'
  )
});

/** Bars of a chart: TensorBoard. */
export const tensorboardIcon = new LabIcon({
  name: 'gemini:tensorboard',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M4 11h4v9H4zM10 4h4v16h-4zM16 8h4v12h-4z"/>'
  )
});
