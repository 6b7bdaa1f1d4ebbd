/** `?gemini-open=` in Lab's address: a link of the hub's pages that leads further than Lab itself. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { CommandIDs, IPlatform } from '../tokens';

const PARAMETER = 'gemini-open';

/** The commands behind the words that a link may say. A terminal begins in the server's root: the project's code. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['terminal', 'terminal:create-new'],
  ['tensorboard', CommandIDs.openTensorBoard]
]);

export const waysPlugin: JupyterFrontEndPlugin<void> = {
  id: '@gemini/lab:ways',
  description: 'Opens the terminal or TensorBoard that the address asks for, once.',
  autoStart: true,
  requires: [IPlatform],
  activate: (app: JupyterFrontEnd, { trans }: IPlatform) => {
    const asked = new URL(window.location.href).searchParams.get(PARAMETER);
    if (asked === null) {
      return;
    }
    // After the tabs of last time are back, so that what was asked for is in front of them.
    void app.restored.then(async () => {
      forget();
      const command = COMMANDS.get(asked);
      if (command === undefined) {
        return;
      }
      try {
        await app.commands.execute(command);
      } catch (problem) {
        console.error(`The address asked for ${asked}, which could not be opened`, problem);
        Notification.error(trans.__('This could not be opened. Open it from the launcher.'));
      }
    });
  }
};

/** Takes the wish out of the address, so that loading Lab again does not repeat it. */
function forget(): void {
  const address = new URL(window.location.href);
  address.searchParams.delete(PARAMETER);
  window.history.replaceState(window.history.state, '', address);
}
