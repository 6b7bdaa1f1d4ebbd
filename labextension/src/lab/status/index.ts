/** The status bar's one thing: what this environment has cost so far, and its price per hour. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { Signal } from '@lumino/signaling';
import { IEnvironmentModel, IPlatform, ISettings } from '../../tokens';

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: '@gemini/lab:status',
  description: 'Cost so far and price per hour in the status bar.',
  autoStart: true,
  requires: [IPlatform, IEnvironmentModel, ISettings, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    platform: IPlatform,
    environment: IEnvironmentModel,
    settings: ISettings,
    statusBar: IStatusBar
  ) => {
    const begin = async (): Promise<void> => {
      const { CostItem } = await import('./view');
      const item = new CostItem(app.commands, platform, environment);
      const activity = new Signal<typeof item, void>(item);
      const change = (): void => activity.emit();
      environment.changed.connect(change);
      settings.changed.connect(change);
      statusBar.registerStatusItem('@gemini/lab:status', {
        item,
        align: 'left',
        rank: 50,
        isActive: () => settings.showCost && environment.snapshot.environment !== null,
        activeStateChanged: activity
      });
      environment.load();
    };
    // Lab is whole before ours asks for anything.
    void app.restored.then(() => {
      window.requestIdleCallback(
        () => {
          begin().catch((problem: unknown) => {
            console.error('The status of Gemini could not be shown', problem);
          });
        },
        { timeout: 5000 }
      );
    });
  }
};
