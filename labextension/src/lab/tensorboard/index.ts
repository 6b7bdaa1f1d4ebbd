/** TensorBoard of this environment in a tab. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { CommandIDs, IEnvironmentModel, IPlatform } from '../../tokens';
import { tensorboardIcon } from '../icons';
import { LazyWidget, type Loader } from '../lazy';

const ID = 'gemini-tensorboard';

export const tensorboardPlugin: JupyterFrontEndPlugin<void> = {
  id: '@gemini/lab:tensorboard',
  description: 'TensorBoard over the outputs of this environment, through the authenticated proxy.',
  autoStart: true,
  requires: [IPlatform, IEnvironmentModel],
  optional: [ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    platform: IPlatform,
    environment: IEnvironmentModel,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ) => {
    const { trans } = platform;
    const settings = app.serviceManager.serverSettings;
    const tracker = new WidgetTracker<MainAreaWidget<LazyWidget>>({ namespace: ID });
    const make = (): MainAreaWidget<LazyWidget> => {
      const load: Loader = async () => {
        const { makeTensorBoard } = await import('./view');
        return makeTensorBoard({ commands: app.commands, platform, environment }, settings);
      };
      const tab = new MainAreaWidget({ content: new LazyWidget(load, trans) });
      tab.id = ID;
      tab.addClass('gm-tab');
      tab.toolbar.hide();
      tab.title.label = 'TensorBoard';
      tab.title.icon = tensorboardIcon;
      void tracker.add(tab);
      return tab;
    };
    app.commands.addCommand(CommandIDs.openTensorBoard, {
      label: 'TensorBoard',
      caption: trans.__('Curves of all training tasks and runs in this environment'),
      icon: tensorboardIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        const tab = tracker.currentWidget ?? make();
        if (!tab.isAttached) {
          app.shell.add(tab, 'main', { type: 'Gemini' });
        }
        app.shell.activateById(ID);
        return tab;
      }
    });
    void restorer?.restore(tracker, { command: CommandIDs.openTensorBoard, name: () => ID });
    palette?.addItem({ command: CommandIDs.openTensorBoard, category: 'Gemini' });
    launcher?.add({ command: CommandIDs.openTensorBoard, category: 'Gemini', rank: 2 });
  }
};
