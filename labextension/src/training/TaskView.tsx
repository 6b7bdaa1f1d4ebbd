/** One task: its header stays, below it Log · Metrics · Outputs · Configuration · Events. */
import { useEffect, useState } from 'react';
import type { ITask } from '../api/types';
import { Button, PlaceLink } from '../components/Button';
import { Elapsed, Steps, When } from '../components/Pieces';
import { ReasonLine, StateBadge, stateOrQueue } from '../components/StateBadge';
import { Tabs } from '../components/Tabs';
import { Empty, Problem, Skeleton } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { pricePerHour } from '../components/quantities';
import { useItem } from '../stores/hooks';
import { ConfigurationTab, EventsTab } from './TaskFacts';
import { LogTab, MetricsTab, OutputsTab } from './TaskTabs';
import { StopTask } from './StopTask';
import { TaskCost } from './TrainingList';
import { canStop, isOver, taskPath } from './tasks';

export type TaskTab = 'log' | 'metrics' | 'outputs' | 'configuration' | 'events';

export interface ITaskViewProps {
  taskId: string;
  /** Where the caller keeps the tab (a page: the address); without it the view keeps it itself. */
  tab?: string;
  onTab?: (tab: TaskTab) => void;
  /** Told when the task's name is known. */
  onName?: (name: string) => void;
}

export function TaskView(props: ITaskViewProps): React.JSX.Element {
  const trans = useTrans();
  const { item, error, reload } = useItem<ITask>(taskPath(props.taskId), 'training-task', props.taskId);
  const { onName } = props;
  const name = item?.taskName;
  useEffect(() => {
    if (name) {
      onName?.(name);
    }
  }, [name, onName]);
  if (error?.status === 404) {
    return (
      <Empty icon="search" title={error.message}>
        <PlaceLink place={{ to: 'training-jobs' }}>{trans.__('Training tasks')}</PlaceLink>
      </Empty>
    );
  }
  if (!item) {
    return error ? <Problem error={error} onRetry={reload} /> : <Skeleton rows={8} />;
  }
  return <OpenTask {...props} task={item} />;
}

function OpenTask(props: ITaskViewProps & { task: ITask }): React.JSX.Element {
  const trans = useTrans();
  const { task } = props;
  const [own, setOwn] = useState<TaskTab>('log');
  const tabs: { name: TaskTab; label: string; view: () => React.JSX.Element }[] = [
    { name: 'log', label: trans.__('Log'), view: () => <LogTab task={task} /> },
    { name: 'metrics', label: trans.__('Metrics'), view: () => <MetricsTab task={task} /> },
    { name: 'outputs', label: trans.__('Outputs'), view: () => <OutputsTab task={task} /> },
    { name: 'configuration', label: trans.__('Configuration'), view: () => <ConfigurationTab task={task} /> },
    { name: 'events', label: trans.__('Events'), view: () => <EventsTab task={task} /> }
  ];
  const chosen = tabs.find(tab => tab.name === (props.tab ?? own)) ?? tabs[0];
  const choose = (name: string): void => (props.onTab ?? setOwn)(name as TaskTab);
  return (
    <div className="gm-task-view">
      <TaskHeader task={task} />
      <Starting task={task} />
      <Failure task={task} />
      <Tabs label={task.taskName} tabs={tabs} chosen={chosen?.name ?? 'log'} onChoose={choose}>
        {chosen?.view()}
      </Tabs>
    </div>
  );
}

function TaskHeader({ task }: { task: ITask }): React.JSX.Element {
  const { trans, go } = useGemini();
  const [stopping, setStopping] = useState(false);
  return (
    <header className="gm-task-header">
      <div className="gm-task-title">
        <h1>{task.taskName}</h1>
        <StateBadge state={task.state} reason={task.reason} since={task.stateSince} />
        <span className="gm-spacer" />
        {canStop(task) && (
          <Button icon="stopped" onClick={() => setStopping(true)}>
            {trans.__('Stop')}
          </Button>
        )}
        <Button icon="clone" onClick={() => go({ to: 'training-create', preset: { cloneOf: task.id } })}>
          {trans.__('Clone')}
        </Button>
      </div>
      <div className="gm-task-facts">
        <Timeline task={task} />
        {task.startedAt && (
          <span className="gm-fact">
            <span className="gm-fact-word">{trans.__('Took')}</span>
            <Elapsed start={task.startedAt} end={task.endedAt} />
          </span>
        )}
        <span className="gm-fact">
          <span className="gm-fact-word">
            {task.costIsShare ? trans.__('Share of the cost') : trans.__('Cost')}
          </span>
          <TaskCost task={task} />
        </span>
        <span className="gm-fact">
          <span className="gm-fact-word">{trans.__('Price')}</span>
          <span className="gm-number-text">{pricePerHour(task.pricePerHour, trans)}</span>
        </span>
      </div>
      {task.reason && !isOver(task) && <ReasonLine reason={task.reason} position={task.position} />}
      {stopping && <StopTask task={task} onClose={() => setStopping(false)} />}
    </header>
  );
}

/** The states that it went through, with their times. */
function Timeline({ task }: { task: ITask }): React.JSX.Element {
  const trans = useTrans();
  return (
    <ol className="gm-timeline" aria-label={trans.__('Timeline')}>
      {task.timeline.map((moment, index) => (
        <li key={index} data-state={moment.state}>
          <span>{stateOrQueue(moment.state, moment.reason, trans)}</span>
          <When at={moment.at} />
        </li>
      ))}
    </ol>
  );
}

function Starting({ task }: { task: ITask }): React.JSX.Element | null {
  const open = task.state === 'allocating' || task.state === 'starting';
  return open && task.steps.length > 0 ? <Steps steps={task.steps} /> : null;
}

/** Why it failed, what to do, and the last it said. */
function Failure({ task }: { task: ITask }): React.JSX.Element | null {
  const trans = useTrans();
  if (task.state !== 'failed') {
    return null;
  }
  return (
    <section className="gm-failure" aria-label={trans.__('Why it failed')}>
      {task.reason && <ReasonLine reason={task.reason} />}
      <p className="gm-number-text">
        {task.exitCode !== null
          ? trans.__('Exit code %1', task.exitCode)
          : trans.__('The exit code is not known: nobody saw the end.')}
      </p>
      {task.lastLines.length > 0 && (
        <pre className="gm-last-lines" tabIndex={0} aria-label={trans.__('Last lines of the log')}>
          {task.lastLines.join('\n')}
        </pre>
      )}
    </section>
  );
}
