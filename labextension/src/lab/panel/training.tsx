/** The training tasks in the panel: newest first, live, one line each. */
import type { CommandRegistry } from '@lumino/commands';
import { useState, type ReactElement } from 'react';
import type { ITask } from '../../api/types';
import { Button, PlaceLink } from '../../components/Button';
import { StateBadge } from '../../components/StateBadge';
import { Empty, Problem, Skeleton } from '../../components/Views';
import { useGemini, useTrans } from '../../components/context';
import { useList, type IList } from '../../stores/hooks';
import { StopTask } from '../../training/StopTask';
import { canStop } from '../../training/tasks';
import { CommandIDs } from '../../tokens';
import { Section } from './section';

/** The panel is for what is going on; the list in a tab has the rest. */
const SHOWN = 20;

export function TrainingSection({ commands }: { commands: CommandRegistry }): ReactElement {
  const trans = useTrans();
  const tasks = useList<ITask>({ path: '/training-tasks', kind: 'training-task', limit: SHOWN });
  return (
    <Section title={trans.__('Training')}>
      <div className="gm-panel-actions">
        <Button kind="primary" icon="plus" onClick={() => commands.execute(CommandIDs.submitTraining)}>
          {trans.__('Submit training')}
        </Button>
        <Button icon="chart" onClick={() => commands.execute(CommandIDs.openTensorBoard)}>
          TensorBoard
        </Button>
      </div>
      <Tasks tasks={tasks} />
      <p className="gm-panel-quiet">
        {trans.__('Long work in a terminal is better a training task: its log, state and outputs are kept.')}
      </p>
    </Section>
  );
}

function Tasks({ tasks }: { tasks: IList<ITask> }): ReactElement {
  const trans = useTrans();
  const [stopping, setStopping] = useState<ITask | null>(null);
  if (tasks.state === 'loading') {
    return <Skeleton rows={3} />;
  }
  if (tasks.state === 'failed' && tasks.error) {
    return <Problem error={tasks.error} onRetry={tasks.reload} />;
  }
  if (tasks.rows.length === 0) {
    return <Empty icon="chart" title={trans.__('No training task yet.')} />;
  }
  return (
    <>
      <ul className="gm-tasks" aria-label={trans.__('Training tasks')}>
        {tasks.rows.slice(0, SHOWN).map(task => (
          <TaskLine key={task.id} task={task} onStop={setStopping} />
        ))}
      </ul>
      <PlaceLink place={{ to: 'training-jobs' }}>
        {trans._n('Show %1 task', 'Show all %1 tasks', tasks.total)}
      </PlaceLink>
      {stopping && <StopTask task={stopping} onClose={() => setStopping(null)} />}
    </>
  );
}

function TaskLine(props: { task: ITask; onStop: (task: ITask) => void }): ReactElement {
  const { go, trans } = useGemini();
  const { task } = props;
  return (
    <li className="gm-task">
      <button
        type="button"
        className="gm-task-open"
        title={`${task.taskName}${task.reason ? ` · ${task.reason.message}` : ''}`}
        onClick={() => go({ to: 'task', id: task.id })}
      >
        <span className="gm-task-name">{task.taskName}</span>
        <StateBadge state={task.state} reason={task.reason} since={task.stateSince} />
      </button>
      {canStop(task) ? (
        <Button
          kind="quiet"
          icon="stopped"
          label={trans.__('Stop %1', task.taskName)}
          onClick={() => props.onStop(task)}
        />
      ) : (
        <span />
      )}
    </li>
  );
}
