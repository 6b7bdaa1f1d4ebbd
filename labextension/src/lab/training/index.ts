/** Training in Lab: its commands, its tabs, its card in the launcher. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { ITrainingPreset } from '../../components/context';
import { CommandIDs, IEnvironmentModel, IPlatform } from '../../tokens';
import { trainingIcon } from '../icons';
import { TrainingTabs } from './tabs';

const PYTHON = /\.py$/i;

export const trainingPlugin: JupyterFrontEndPlugin<void> = {
  id: '@gemini/lab:training',
  description: 'The training form, the list of tasks and each task, as tabs.',
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
    const tabs = new TrainingTabs(app.shell, { commands: app.commands, platform, environment });
    addCommands(app, tabs, platform);
    if (restorer) {
      tabs.restore(restorer);
    }
    palette?.addItem({ command: CommandIDs.submitTraining, category: trans.__('Training') });
    palette?.addItem({ command: CommandIDs.openTrainingList, category: trans.__('Training') });
    launcher?.add({ command: CommandIDs.submitTraining, category: 'Gemini', rank: 1 });
  }
};

export const trainingFilePlugin: JupyterFrontEndPlugin<void> = {
  id: '@gemini/lab:training-file',
  description: 'Training with a Python file: from its menu, or from the editor.',
  autoStart: true,
  requires: [IPlatform],
  optional: [IFileBrowserFactory, IDocumentManager, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    platform: IPlatform,
    browsers: IFileBrowserFactory | null,
    documents: IDocumentManager | null,
    palette: ICommandPalette | null
  ) => {
    const selected = (): string | undefined => {
      const items = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
      return items.length === 1 ? items[0]?.path : undefined;
    };
    const edited = (): string | undefined => {
      const widget = app.shell.currentWidget;
      return widget ? documents?.contextForWidget(widget)?.path : undefined;
    };
    const { trans } = platform;
    app.commands.addCommand(CommandIDs.submitTrainingFile, {
      label: trans.__('Submit training with this file'),
      caption: trans.__('Open the training form with this file as its command'),
      icon: trainingIcon,
      isEnabled: args => PYTHON.test(fileOf(args, selected, edited) ?? ''),
      describedBy: { args: FILE_ARGUMENTS },
      execute: args => {
        const path = fileOf(args, selected, edited);
        return app.commands.execute(CommandIDs.submitTraining, path ? { script: path } : {});
      }
    });
    palette?.addItem({
      command: CommandIDs.submitTrainingFile,
      category: trans.__('Training'),
      args: { source: 'editor' }
    });
  }
};

const FILE_ARGUMENTS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'A Python file, relative to the code folder' },
    source: { type: 'string', enum: ['browser', 'editor'], description: 'Where to look for the file' }
  }
};

const PRESET_ARGUMENTS = {
  type: 'object',
  properties: {
    taskName: { type: 'string', description: 'Name of the task' },
    script: { type: 'string', description: 'A Python file to run, relative to the code folder' },
    command: { type: 'string', description: 'Command that the task runs' },
    cloneOf: { type: 'string', description: 'A task to take everything from' }
  }
};

function fileOf(
  args: ReadonlyPartialJSONObject,
  selected: () => string | undefined,
  edited: () => string | undefined
): string | undefined {
  if (typeof args['path'] === 'string') {
    return args['path'];
  }
  return args['source'] === 'editor' ? edited() : selected();
}

/** The preset in a command's arguments; a launcher adds others, which say nothing here. */
function presetOf(args: ReadonlyPartialJSONObject): ITrainingPreset {
  const { taskName, script, command, cloneOf } = args as ITrainingPreset;
  return { taskName, script, command, cloneOf };
}

function addCommands(app: JupyterFrontEnd, tabs: TrainingTabs, platform: IPlatform): void {
  const { trans } = platform;
  app.commands.addCommand(CommandIDs.submitTraining, {
    label: trans.__('Submit training'),
    caption: trans.__('Train in this environment or on resources of its own'),
    icon: trainingIcon,
    describedBy: { args: PRESET_ARGUMENTS },
    execute: args => tabs.openForm(presetOf(args))
  });
  app.commands.addCommand(CommandIDs.openTrainingList, {
    label: trans.__('Training tasks'),
    caption: trans.__('All training tasks with their states, times and costs'),
    icon: trainingIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => tabs.openList()
  });
  app.commands.addCommand(CommandIDs.openTraining, {
    label: trans.__('Training task'),
    icon: trainingIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: { taskId: { type: 'string' }, name: { type: 'string' } },
        required: ['taskId']
      }
    },
    isEnabled: args => typeof args['taskId'] === 'string',
    execute: args => tabs.openTask(args['taskId'] as string, args['name'] as string | undefined)
  });
}
