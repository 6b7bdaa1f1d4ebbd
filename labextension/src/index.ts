/** The plugins of Gemini in JupyterLab. All views load when they are first seen. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { EnvironmentModel } from './lab/environment';
import { panelPlugin } from './lab/panel';
import { Platform } from './lab/platform';
import { settingsPlugin } from './lab/settings';
import { statusPlugin } from './lab/status';
import { tensorboardPlugin } from './lab/tensorboard';
import { trainingFilePlugin, trainingPlugin } from './lab/training';
import { waysPlugin } from './lab/ways';
import { IEnvironmentModel, IPlatform } from './tokens';

const platformPlugin: JupyterFrontEndPlugin<IPlatform> = {
  id: '@gemini/lab:platform',
  description: 'The API of the platform and its events.',
  autoStart: true,
  optional: [ITranslator],
  provides: IPlatform,
  activate: (app: JupyterFrontEnd, translator: ITranslator | null) =>
    new Platform(app.serviceManager.serverSettings, translator ?? nullTranslator)
};

const environmentPlugin: JupyterFrontEndPlugin<IEnvironmentModel> = {
  id: '@gemini/lab:environment',
  description: 'The environment that this Lab runs in.',
  autoStart: true,
  requires: [IPlatform],
  provides: IEnvironmentModel,
  activate: (_app: JupyterFrontEnd, platform: IPlatform) => new EnvironmentModel(platform)
};

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  platformPlugin,
  environmentPlugin,
  settingsPlugin,
  panelPlugin,
  statusPlugin,
  trainingPlugin,
  trainingFilePlugin,
  tensorboardPlugin,
  waysPlugin
];

export * from './tokens';
export default plugins;
