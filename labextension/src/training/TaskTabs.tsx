/** What a task says and makes: its log, its metrics, its outputs. */
import { useState } from 'react';
import type { IEnvironment, IFile, IMe, ITask } from '../api/types';
import { FileTable } from '../components/FileTable';
import { CopyButton, Pairs } from '../components/Pieces';
import { OutLink, PlaceLink } from '../components/Button';
import { Empty, Problem, Skeleton } from '../components/Views';
import { useTrans } from '../components/context';
import { cards, cores, decimal, gigabytes } from '../components/quantities';
import { LogView } from '../log/LogView';
import { useAnswer, useList, usePages } from '../stores/hooks';
import { useUsage } from './EnvironmentChoice';
import { RankChoice, type IWhich } from './RankChoice';
import { times } from './roles';
import { isOver, taskPath } from './tasks';

export function LogTab({ task }: { task: ITask }): React.JSX.Element {
  const trans = useTrans();
  const [which, setWhich] = useState<IWhich>({ role: task.roles[0]?.name ?? 'main', rank: 0 });
  return (
    <>
      <RankChoice task={task} which={which} onChange={setWhich} />
      <LogView
        key={`${which.role}-${which.rank}`}
        taskId={task.id}
        role={which.role}
        rank={which.rank}
        waiting={task.startedAt ? undefined : trans.__('The log begins when the task starts.')}
      />
    </>
  );
}

/** The use of resources, live, and the ways to TensorBoard. */
export function MetricsTab({ task }: { task: ITask }): React.JSX.Element {
  const trans = useTrans();
  const usage = useUsage();
  const me = useAnswer<IMe>('/me');
  const used = usage.get(task.environmentId ?? task.id);
  return (
    <div className="gm-metrics">
      {used && !isOver(task) && (
        <Pairs
          pairs={[
            [
              trans.__('CPU in use'),
              `${decimal(String(used.cpu), 1, 1)} / ${times(task.instances, cores(task.cpuCores, trans))}`
            ],
            [
              trans.__('Memory in use'),
              `${decimal(String(used.memory), 1, 1)} / ${times(task.instances, gigabytes(task.memory))}`
            ],
            [trans.__('GPU'), cards(task.gpuType, task.gpuCount, trans)]
          ]}
        />
      )}
      {me.data && <TensorBoards task={task} person={me.data.name} />}
      {!me.data && (me.error ? <Problem error={me.error} onRetry={me.reload} /> : <Skeleton rows={3} />)}
    </div>
  );
}

/** TensorBoard reads the task's folder in every environment of its project; one's own can be entered. */
function TensorBoards({ task, person }: { task: ITask; person: string }): React.JSX.Element {
  const trans = useTrans();
  const environments = useList<IEnvironment>({
    path: '/dev-environments',
    kind: 'dev-environment',
    query: { status: 'running', owner: person },
    limit: 200,
    belongs: one => one.state === 'running' && one.owner === person
  });
  if (environments.state === 'loading') {
    return <Skeleton rows={3} />;
  }
  if (environments.error) {
    return <Problem error={environments.error} onRetry={environments.reload} />;
  }
  const near = environments.rows.filter(one => one.projectId === task.projectId && one.tensorboardUrl);
  return near.length > 0 ? (
    <>
      <p>{trans.__('TensorBoard shows what the task writes to its output folder.')}</p>
      <div className="gm-buttons">
        {near.map(one => (
          <OutLink key={one.id} kind="plain" icon="chart" href={one.tensorboardUrl ?? ''} newTab>
            {trans.__('Open TensorBoard in %1', one.name)}
          </OutLink>
        ))}
      </div>
    </>
  ) : (
    <Empty icon="chart" title={trans.__('No environment of project %1 is running.', task.projectName)}>
      <p>{trans.__('Start one to see the metrics of this task in TensorBoard.')}</p>
      <PlaceLink place={{ to: 'home' }}>{trans.__('Environments')}</PlaceLink>
    </Empty>
  );
}

export function OutputsTab({ task }: { task: ITask }): React.JSX.Element {
  const trans = useTrans();
  const files = usePages<IFile>(taskPath(task.id, 'output'));
  return (
    <div className="gm-outputs">
      <p className="gm-path">
        <span>{trans.__('In every environment of project %1:', task.projectName)}</span>
        <code>{task.outputPath}</code>
        <CopyButton text={task.outputPath} label={trans.__('Copy the path')} />
      </p>
      {files.error && <Problem error={files.error} onRetry={files.reload} />}
      {!files.data && !files.error && <Skeleton rows={4} />}
      {files.data?.length === 0 && <Empty icon="file" title={trans.__('It has written no file yet.')} />}
      {files.data && files.data.length > 0 && (
        <FileTable label={trans.__('Outputs')} files={files.data} total={files.total} more={files.more} />
      )}
    </div>
  );
}
