/** The tabs of training: one form, one list, one for each task. They come back with the layout. */
import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, MainAreaWidget, showDialog, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { ITrainingPreset } from '../../components/context';
import { CommandIDs } from '../../tokens';
import type { ILab } from '../gemini';
import { trainingIcon } from '../icons';
import { LazyWidget, type Loader } from '../lazy';

type Tab = MainAreaWidget<LazyWidget>;

type Kind = 'form' | 'list' | 'task';

interface ITabOptions {
  kind: Kind;
  id: string;
  label: string;
  load: (close: () => void, rename: (name: string) => void) => ReturnType<Loader>;
  args: ReadonlyPartialJSONObject;
}

const FORM = 'gemini-training-form';
const LIST = 'gemini-training-list';

/** What brings a tab of each kind back. */
const COMMANDS: Record<Kind, string> = {
  form: CommandIDs.submitTraining,
  list: CommandIDs.openTrainingList,
  task: CommandIDs.openTraining
};

export class TrainingTabs {
  constructor(
    private readonly _shell: JupyterFrontEnd.IShell,
    private readonly _lab: ILab
  ) {}

  /** Opens the form. One that is open comes to the front; with a `preset` it begins anew, unless one keeps what one entered. */
  async openForm(preset: ITrainingPreset): Promise<Tab> {
    const open = this._find('form', FORM);
    const anew = Object.values(preset).some(value => value !== undefined);
    if (open && (!anew || (this._touched.has(open) && !(await this._agrees())))) {
      this._shell.activateById(open.id);
      return open;
    }
    open?.dispose();
    return this._open({
      kind: 'form',
      id: FORM,
      label: this._lab.platform.trans.__('Submit training'),
      args: { ...preset },
      load: async close => {
        const { makeForm } = await import('./views');
        return makeForm(this._lab, preset, close);
      }
    });
  }

  openList(): Tab {
    return this._open({
      kind: 'list',
      id: LIST,
      label: this._lab.platform.trans.__('Training tasks'),
      args: {},
      load: async () => {
        const { makeList } = await import('./views');
        return makeList(this._lab);
      }
    });
  }

  /** Opens a task; `name` is what its tab says until the task itself was read. */
  openTask(taskId: string, name?: string): Tab {
    return this._open({
      kind: 'task',
      id: `gemini-training-${taskId}`,
      label: name ?? this._lab.platform.trans.__('Training task'),
      args: { taskId, name },
      load: async (_close, rename) => {
        const { makeTask } = await import('./views');
        return makeTask(this._lab, taskId, rename);
      }
    });
  }

  restore(restorer: ILayoutRestorer): void {
    for (const kind of Object.keys(COMMANDS) as Kind[]) {
      void restorer.restore(this._trackers[kind], {
        command: COMMANDS[kind],
        name: tab => tab.id,
        args: tab => this._args.get(tab) ?? {}
      });
    }
  }

  private async _agrees(): Promise<boolean> {
    const { trans } = this._lab.platform;
    const answer = await showDialog({
      title: trans.__('Begin the training form anew?'),
      body: trans.__('What you have entered in it is lost.'),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Begin anew') })
      ]
    });
    return answer.button.accept;
  }

  private _open(options: ITabOptions): Tab {
    const tab = this._find(options.kind, options.id) ?? this._make(options);
    if (!tab.isAttached) {
      this._shell.add(tab, 'main', { type: 'Gemini' });
    }
    this._shell.activateById(tab.id);
    return tab;
  }

  private _make(options: ITabOptions): Tab {
    const load: Loader = () =>
      options.load(
        () => tab.dispose(),
        name => this._rename(options, tab, name)
      );
    const tab: Tab = new MainAreaWidget({ content: new LazyWidget(load, this._lab.platform.trans) });
    tab.id = options.id;
    tab.addClass('gm-tab');
    tab.toolbar.hide();
    tab.title.label = options.label;
    tab.title.icon = trainingIcon;
    tab.node.addEventListener('input', () => this._touched.add(tab));
    this._args.set(tab, options.args);
    void this._trackers[options.kind].add(tab);
    return tab;
  }

  private _rename(options: ITabOptions, tab: Tab, name: string): void {
    tab.title.label = name;
    this._args.set(tab, { ...options.args, name });
    void this._trackers[options.kind].save(tab);
  }

  private _find(kind: Kind, id: string): Tab | undefined {
    return this._trackers[kind].find(tab => tab.id === id);
  }

  /** Those in which something was entered. */
  private readonly _touched = new WeakSet<Tab>();
  private readonly _args = new WeakMap<Tab, ReadonlyPartialJSONObject>();
  private readonly _trackers: Record<Kind, WidgetTracker<Tab>> = {
    form: new WidgetTracker<Tab>({ namespace: 'gemini-training-form' }),
    list: new WidgetTracker<Tab>({ namespace: 'gemini-training-list' }),
    task: new WidgetTracker<Tab>({ namespace: 'gemini-training-task' })
  };
}
