/** The views of training as Lab's tabs show them. */
import { useEffect, useRef, type ReactElement, type ReactNode } from 'react';
import { PlaceLink } from '../../components/Button';
import { useTrans, type ITrainingPreset } from '../../components/context';
import { TaskView } from '../../training/TaskView';
import { TrainingForm } from '../../training/TrainingForm';
import { TrainingList } from '../../training/TrainingList';
import { CommandIDs } from '../../tokens';
import { inLab, type ILab } from '../gemini';

/** The form. Its tab closes with it; after a submission the list of tasks comes (TRAIN-5). */
export async function makeForm(lab: ILab, preset: ITrainingPreset, close: () => void): Promise<ReactElement> {
  // Without an answer the form says itself that the platform does not answer.
  const me = await lab.platform.me().catch(() => null);
  const created = (): void => {
    void lab.commands.execute(CommandIDs.openTrainingList).then(close);
  };
  return inLab(
    lab,
    <Page focus>
      <FormHead />
      <TrainingForm preset={preset} onCreated={created} onCancel={close} />
    </Page>,
    me?.environmentId
  );
}

/** The list of tasks. */
export function makeList(lab: ILab): ReactElement {
  return inLab(
    lab,
    <Page full>
      <ListHead />
      <TrainingList />
    </Page>
  );
}

/** One task; its tab takes the task's name. */
export function makeTask(lab: ILab, taskId: string, rename: (label: string) => void): ReactElement {
  return inLab(
    lab,
    <Page full>
      <TaskView taskId={taskId} onName={rename} />
    </Page>
  );
}

/** A view with room around it. `full`: as high as its tab; `focus`: the keyboard begins in its first field. */
function Page(props: { focus?: boolean; full?: boolean; children: ReactNode }): ReactElement {
  const page = useRef<HTMLDivElement>(null);
  const { focus = false } = props;
  useEffect(() => (focus && page.current ? focusFirstField(page.current) : undefined), [focus]);
  return (
    <div className={props.full ? 'gm-tab-page gm-tab-full' : 'gm-tab-page'} ref={page}>
      {props.children}
    </div>
  );
}

/** Gives the focus to the first field when it appears, unless the person is elsewhere by then. */
function focusFirstField(page: HTMLElement): () => void {
  const focus = (): void => {
    const field = page.querySelector('input');
    if (field) {
      observer.disconnect();
      if (document.activeElement?.contains(page)) {
        field.focus();
      }
    }
  };
  const observer = new MutationObserver(focus);
  observer.observe(page, { childList: true, subtree: true });
  focus();
  return () => observer.disconnect();
}

function FormHead(): ReactElement {
  const trans = useTrans();
  return (
    <header className="gm-tab-head">
      <div>
        <h1>{trans.__('Submit training')}</h1>
        <p className="gm-panel-quiet">
          {trans.__('Use an existing environment or create new resources dynamically')}
        </p>
      </div>
    </header>
  );
}

function ListHead(): ReactElement {
  const trans = useTrans();
  return (
    <header className="gm-tab-head">
      <h1>{trans.__('Training tasks')}</h1>
      <PlaceLink kind="primary" icon="plus" place={{ to: 'training-create' }}>
        {trans.__('Submit training')}
      </PlaceLink>
    </header>
  );
}
