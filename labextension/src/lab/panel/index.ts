/** The Gemini panel in the left side bar, and the command that shows it. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { CommandIDs, IEnvironmentModel, IPlatform } from '../../tokens';
import { geminiIcon } from '../icons';
import { LazyWidget, type Loader } from '../lazy';

const ID = 'gemini-panel';
/** After the file browser (100) and the running sessions (200). */
const RANK = 300;

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: '@gemini/lab:panel',
  description: 'The left panel: this environment, its price and cost, and the training tasks.',
  autoStart: true,
  requires: [IPlatform, IEnvironmentModel],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    platform: IPlatform,
    environment: IEnvironmentModel,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const { trans } = platform;
    const load: Loader = async () => {
      const { makePanel } = await import('./view');
      return makePanel({ commands: app.commands, platform, environment });
    };
    const panel = new LazyWidget(load, trans);
    panel.id = ID;
    panel.addClass('gm-panel');
    panel.title.icon = geminiIcon;
    panel.title.caption = trans.__('Gemini: environment and training');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', panel.title.caption);
    app.shell.add(panel, 'left', { rank: RANK, type: 'Gemini' });
    restorer?.add(panel, ID);
    app.commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show the Gemini panel'),
      icon: geminiIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(ID)
    });
    palette?.addItem({ command: CommandIDs.openPanel, category: 'Gemini' });
  }
};
