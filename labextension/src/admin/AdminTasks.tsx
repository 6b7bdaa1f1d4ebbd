/** The training tasks of all, live, with their end. */
import { useMemo, useState } from 'react';
import type { ITask } from '../api/types';
import { PlaceLink } from '../components/Button';
import { Confirm } from '../components/Dialog';
import { Elapsed, When } from '../components/Pieces';
import { StateBadge } from '../components/StateBadge';
import { useSettled } from '../components/clock';
import { useGemini, useTrans } from '../components/context';
import type { IColumn } from '../components/VirtualTable';
import type { ITrans } from '../i18n/trans';
import { useList } from '../stores/hooks';
import { TaskCost } from '../training/TrainingList';
import { canStop, modeWord, TASK_STATES, taskPath } from '../training/tasks';
import { StopButton, type IAdminWorkProps } from './AdminEnvironments';
import { fits } from './filters';
import { useWorkspaces, workspaceName, type Named } from './workspaces';
import { WorkList } from './WorkList';

export function AdminTasks({ filters, onFilters }: IAdminWorkProps): React.JSX.Element {
  const trans = useTrans();
  const settled = useSettled(filters, 200);
  const workspaces = useWorkspaces();
  const { q, ...exact } = settled;
  const list = useList<ITask>({
    path: '/training-tasks',
    kind: 'training-task',
    query: { search: q.trim(), ...exact },
    limit: 100,
    belongs: task => fits(task, task.taskName, settled)
  });
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
      {stopping && <StopOthersTask task={stopping} onClose={() => setStopping(null)} />}
    </WorkList>
  );
}

function StopOthersTask(props: { task: ITask; onClose: () => void }): React.JSX.Element {
  const { api, trans } = useGemini();
  const { task } = props;
  return (
    <Confirm
      title={trans.__('Stop %1?', task.taskName)}
      verb={trans.__('Stop task')}
      danger
      onConfirm={() => api.post(taskPath(task.id, 'stop'), {})}
      onClose={props.onClose}
    >
      <p>{trans.__('It is the task of %1, in project %2.', task.owner, task.projectName)}</p>
      <p>{trans.__('All its processes end. What it has not yet written to its output folder is lost.')}</p>
      <p>{trans.__('Its log, its outputs and its cost so far are kept.')}</p>
    </Confirm>
  );
}

function columnsOf(
  trans: ITrans,
  workspaces: readonly Named[],
  onStop: (task: ITask) => void
): IColumn<ITask>[] {
  return [
    {
      name: 'state',
      label: trans.__('State'),
      width: '116px',
      cell: task => (
        <span title={task.reason?.message}>
          <StateBadge state={task.state} since={task.stateSince} />
        </span>
      )
    },
    {
      name: 'name',
      label: trans.__('Name'),
      width: 'minmax(96px, 1fr)',
      cell: task => (
        <PlaceLink className="gm-row-link" place={{ to: 'task', id: task.id }} title={task.taskName}>
          {task.taskName}
        </PlaceLink>
      )
    },
    { name: 'owner', label: trans.__('Person'), width: 'minmax(64px, 0.5fr)', cell: task => task.owner },
    {
      name: 'workspace',
      label: trans.__('Workspace'),
      width: 'minmax(96px, 0.7fr)',
      from: 860,
      cell: task => workspaceName(task.workspaceId, workspaces)
    },
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
    {
      name: 'actions',
      label: trans.__('Actions'),
      width: '40px',
      hideLabel: true,
      cell: task => <StopButton name={task.taskName} shown={canStop(task)} onStop={() => onStop(task)} />
    }
  ];
}
