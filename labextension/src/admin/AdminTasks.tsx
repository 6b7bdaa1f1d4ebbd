/** The training tasks of all, live, with their end. */
import { useMemo, useState } from 'react';
import type { ITask } from '../api/types';
import { Elapsed, When } from '../components/Pieces';
import { useTrans } from '../components/context';
import type { IColumn } from '../components/VirtualTable';
import type { ITrans } from '../i18n/trans';
import { StopTask } from '../training/StopTask';
import { TaskCost } from '../training/TrainingList';
import { canStop, modeWord, TASK_STATES } from '../training/tasks';
import { firstColumns, stopColumn, useWork, type IAdminWorkProps, type IWorkKind } from './work';
import { useWorkspaces, type Named } from './workspaces';
import { WorkList } from './WorkList';

const TASKS: IWorkKind<ITask> = {
  path: '/training-tasks',
  kind: 'training-task',
  name: task => task.taskName,
  place: task => ({ to: 'task', id: task.id })
};

export function AdminTasks({ filters, onFilters }: IAdminWorkProps): React.JSX.Element {
  const trans = useTrans();
  const workspaces = useWorkspaces();
  const list = useWork(TASKS, filters);
  const [stopping, setStopping] = useState<ITask | null>(null);
  const columns = useMemo(() => columnsOf(trans, workspaces, setStopping), [trans, workspaces]);
  return (
    <WorkList
      label={trans.__('Training tasks')}
      icon="chart"
      none={trans.__('Nobody has submitted a task yet.')}
      list={list}
      columns={columns}
      states={TASK_STATES}
      workspaces={workspaces}
      filters={filters}
      onFilters={onFilters}
      count={total => trans._n('%1 task', '%1 tasks', total)}
    >
      {stopping && (
        <StopTask task={stopping} onClose={() => setStopping(null)}>
          <p>{trans.__('It is the task of %1, in project %2.', stopping.owner, stopping.projectName)}</p>
        </StopTask>
      )}
    </WorkList>
  );
}

function columnsOf(
  trans: ITrans,
  workspaces: readonly Named[],
  onStop: (task: ITask) => void
): IColumn<ITask>[] {
  return [
    ...firstColumns(TASKS, workspaces, trans),
    {
      name: 'mode',
      label: trans.__('Mode'),
      width: 'minmax(80px, 0.6fr)',
      from: 1000,
      cell: task => <span title={task.environmentName ?? undefined}>{modeWord(task.launchMode, trans)}</span>
    },
    {
      name: 'began',
      label: trans.__('Began'),
      width: '112px',
      from: 760,
      cell: task => <When at={task.startedAt ?? task.createdAt} />
    },
    {
      name: 'took',
      label: trans.__('Took'),
      width: '104px',
      from: 640,
      cell: task => (task.startedAt ? <Elapsed start={task.startedAt} end={task.endedAt} /> : <>–</>)
    },
    {
      name: 'cost',
      label: trans.__('Cost'),
      width: '112px',
      from: 520,
      end: true,
      cell: task => <TaskCost task={task} />
    },
    stopColumn(TASKS, canStop, onStop, trans)
  ];
}
