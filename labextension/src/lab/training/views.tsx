/** The views of training as Lab's tabs show them. */
import type { ReactElement, ReactNode } from 'react';
import { PlaceLink } from '../../components/Button';
import { useTrans, type ITrainingPreset } from '../../components/context';
import { TaskView } from '../../training/TaskView';
import { TrainingForm } from '../../training/TrainingForm';
import { TrainingList } from '../../training/TrainingList';
import { CommandIDs } from '../../tokens';
import { inLab, type ILab } from '../gemini';

/** The form. Its tab closes with it; after a submission the list of tasks comes (TRAIN-5). */
export function makeForm(lab: ILab, preset: ITrainingPreset, close: () => void): Promise<ReactElement> {
  const created = (): void => {
    void lab.commands.execute(CommandIDs.openTrainingList).then(close);
  };
  return inLab(
    lab,
    <Page>
      <FormHead />
      <TrainingForm preset={preset} onCreated={created} onCancel={close} />
    </Page>
  );
}

/** The list of tasks. */
export function makeList(lab: ILab): Promise<ReactElement> {
  return inLab(
    lab,
    <Page>
      <ListHead />
      <TrainingList />
    </Page>
  );
}

/** One task; its tab takes the task's name. */
export function makeTask(lab: ILab, taskId: string, rename: (label: string) => void): Promise<ReactElement> {
  return inLab(
    lab,
    <Page>
      <TaskView taskId={taskId} onName={rename} />
    </Page>
  );
}

function Page({ children }: { children: ReactNode }): ReactElement {
  return <div className="gm-tab-page">{children}</div>;
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
