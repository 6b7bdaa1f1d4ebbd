/** The training tasks: a dense live table, filtered by the server, smooth with thousands of rows. */
import { useMemo, useState } from 'react';
import type { ITask } from '../api/types';
import { Button, PlaceLink } from '../components/Button';
import { FilterLine, Search, Select, StateSelect } from '../components/Filters';
import { ListTable } from '../components/ListTable';
import { StateBadge } from '../components/StateBadge';
import { Elapsed, When } from '../components/Pieces';
import { Empty } from '../components/Views';
import { useSettled } from '../components/clock';
import { useGemini, useTrans } from '../components/context';
import { useCostNow } from '../components/money';
import { cost } from '../components/quantities';
import type { IColumn } from '../components/VirtualTable';
import { useList } from '../stores/hooks';
import type { ITrans } from '../i18n/trans';
import { StopTask } from './StopTask';
import { rolesText } from './roles';
import { canStop, matches, modeWord, NO_FILTERS, TASK_STATES, type ITaskFilters } from './tasks';

const LAUNCH_MODES = ['existing', 'dynamic'] as const;

export interface ITrainingListProps {
  /** Where the caller keeps the filters (a page: the address); without them the list keeps them itself. */
  filters?: ITaskFilters;
  onFilters?: (filters: ITaskFilters) => void;
}

export function TrainingList(props: ITrainingListProps): React.JSX.Element {
  const { trans, workspaceId } = useGemini();
  const [own, setOwn] = useState(NO_FILTERS);
  const filters = props.filters ?? own;
  const settled = useSettled(filters, 200);
  const tasks = useList<ITask>({
    path: '/training-tasks',
    kind: 'training-task',
    query: { search: settled.q.trim(), state: settled.state, mode: settled.launchMode, workspaceId },
    limit: 100,
    belongs: task => (workspaceId === null || task.workspaceId === workspaceId) && matches(task, settled)
  });
  const [stopping, setStopping] = useState<ITask | null>(null);
  const filtered = filters.q !== '' || filters.state !== '' || filters.launchMode !== '';
  const columns = useMemo(() => columnsOf(trans, setStopping), [trans]);
  const onFilters = props.onFilters ?? setOwn;
  return (
    <div className="gm-list">
      <Filters filters={filters} onChange={onFilters} total={tasks.state === 'ready' ? tasks.total : null} />
      <ListTable
        label={trans.__('Training tasks')}
        list={tasks}
        columns={columns}
        empty={<NoTasks filtered={filtered} onClear={() => onFilters(NO_FILTERS)} />}
      />
      {stopping && <StopTask task={stopping} onClose={() => setStopping(null)} />}
    </div>
  );
}

function NoTasks(props: { filtered: boolean; onClear: () => void }): React.JSX.Element {
  const trans = useTrans();
  return props.filtered ? (
    <Empty icon="search" title={trans.__('No task matches the filters.')}>
      <Button onClick={props.onClear}>{trans.__('Clear the filters')}</Button>
    </Empty>
  ) : (
    <Empty icon="chart" title={trans.__('No training task yet.')}>
      <p>{trans.__('A task runs your code as it is when you submit it, and keeps its log and outputs.')}</p>
      <p>
        {trans.__(
          'What runs in a terminal ends with its environment and is not recorded; a task has a state, a log and a cost of its own.'
        )}
      </p>
      <PlaceLink kind="primary" icon="plus" place={{ to: 'training-create' }}>
        {trans.__('Submit training')}
      </PlaceLink>
    </Empty>
  );
}

interface IFiltersProps {
  filters: ITaskFilters;
  total: number | null;
  onChange: (filters: ITaskFilters) => void;
}

function Filters({ filters, total, onChange }: IFiltersProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <FilterLine count={total === null ? null : trans._n('%1 task', '%1 tasks', total)}>
      <Search
        label={trans.__('Search by name')}
        value={filters.q}
        onChange={q => onChange({ ...filters, q })}
      />
      <StateSelect
        states={TASK_STATES}
        value={filters.state}
        onChange={state => onChange({ ...filters, state })}
      />
      <Select
        label={trans.__('Launch mode')}
        all={trans.__('All modes')}
        value={filters.launchMode}
        options={LAUNCH_MODES.map(mode => ({ value: mode, label: modeWord(mode, trans) }))}
        onChange={launchMode => onChange({ ...filters, launchMode })}
      />
    </FilterLine>
  );
}

function columnsOf(trans: ITrans, onStop: (task: ITask) => void): IColumn<ITask>[] {
  return [
    { name: 'state', label: trans.__('State'), width: '132px', cell: task => <TaskState task={task} /> },
    {
      name: 'name',
      label: trans.__('Name'),
      width: 'minmax(120px, 1fr)',
      cell: task => (
        <PlaceLink className="gm-row-link" place={{ to: 'task', id: task.id }} title={task.taskName}>
          {task.taskName}
        </PlaceLink>
      )
    },
    {
      name: 'mode',
      label: trans.__('Mode'),
      width: 'minmax(80px, 0.5fr)',
      from: 760,
      cell: task => <span title={task.environmentName ?? undefined}>{modeWord(task.launchMode, trans)}</span>
    },
    {
      name: 'roles',
      label: trans.__('Roles'),
      width: '96px',
      from: 900,
      cell: task => rolesText(task.roles)
    },
    {
      name: 'began',
      label: trans.__('Began'),
      width: '112px',
      from: 640,
      cell: task => <When at={task.startedAt ?? task.createdAt} />
    },
    { name: 'took', label: trans.__('Took'), width: '104px', from: 560, cell: task => <Took task={task} /> },
    {
      name: 'cost',
      label: trans.__('Cost'),
      width: '112px',
      from: 420,
      end: true,
      cell: task => <TaskCost task={task} />
    },
    {
      name: 'actions',
      label: trans.__('Actions'),
      width: '72px',
      from: 480,
      hideLabel: true,
      cell: task => <Actions task={task} onStop={onStop} />
    }
  ];
}

function TaskState({ task }: { task: ITask }): React.JSX.Element {
  return (
    <span title={task.reason?.message}>
      <StateBadge state={task.state} reason={task.reason} since={task.stateSince} />
    </span>
  );
}

function Took({ task }: { task: ITask }): React.JSX.Element {
  return task.startedAt ? <Elapsed start={task.startedAt} end={task.endedAt} /> : <>–</>;
}

/** What a task has cost; in `existing` mode it is a share of what its environment costs, and said so. */
export function TaskCost({ task }: { task: ITask }): React.JSX.Element {
  const trans = useTrans();
  const amount = useCostNow(task);
  const title = task.costIsShare
    ? trans.__('A share of what its environment costs; nothing is charged twice.')
    : undefined;
  return (
    <span className="gm-number-text" title={title}>
      {task.costIsShare && Number(amount) >= 0.01 ? '≈\u00a0' : ''}
      {cost(amount, trans)}
    </span>
  );
}

function Actions(props: { task: ITask; onStop: (task: ITask) => void }): React.JSX.Element {
  const { trans, go } = useGemini();
  const { task } = props;
  return (
    <span className="gm-row-actions">
      {canStop(task) && (
        <Button
          kind="quiet"
          icon="stopped"
          label={trans.__('Stop %1', task.taskName)}
          onClick={() => props.onStop(task)}
        />
      )}
      <Button
        kind="quiet"
        icon="clone"
        label={trans.__('Clone %1', task.taskName)}
        onClick={() => go({ to: 'training-create', preset: { cloneOf: task.id } })}
      />
    </span>
  );
}
