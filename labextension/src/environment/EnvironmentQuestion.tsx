/** Asks before an environment is stopped, restarted or deleted, and names what is lost with it. */
import type { IEnvironment, ITask } from '../api/types';
import { Confirm } from '../components/Dialog';
import { useGemini, useTrans } from '../components/context';
import { useAnswer } from '../stores/hooks';
import { canStop } from '../training/tasks';
import { environmentPath, isIdle } from './environments';

export type Question = 'stop' | 'restart' | 'delete';

export interface IEnvironmentQuestionProps {
  question: Question;
  environment: IEnvironment;
  onClose: () => void;
}

export function EnvironmentQuestion(props: IEnvironmentQuestionProps): React.JSX.Element {
  const { api, trans } = useGemini();
  const { question, environment } = props;
  const texts = {
    stop: [trans.__('Stop %1?', environment.name), trans.__('Stop environment')],
    restart: [trans.__('Restart %1?', environment.name), trans.__('Restart environment')],
    delete: [trans.__('Delete %1?', environment.name), trans.__('Delete environment')]
  }[question];
  const act = (): Promise<unknown> =>
    question === 'delete'
      ? api.del(environmentPath(environment.id))
      : api.post(environmentPath(environment.id, question), {});
  return (
    <Confirm
      title={texts[0] ?? ''}
      verb={texts[1] ?? ''}
      danger={question !== 'restart'}
      onConfirm={act}
      onClose={props.onClose}
    >
      {!isIdle(environment) && <Ends environment={environment} />}
      {question === 'delete' && (
        <p>{trans.__('The environment and its history are removed from your list for good.')}</p>
      )}
      <p>
        {trans.__(
          'Kept: the code and the outputs of project %1, datasets, models, your JupyterLab settings.',
          environment.projectName
        )}
      </p>
    </Confirm>
  );
}

/** What ends with the processes inside. */
export function Ends({ environment }: { environment: IEnvironment }): React.JSX.Element {
  const trans = useTrans();
  const tasks = useAnswer<ITask[]>('/training-tasks', { environmentId: environment.id, limit: 50 });
  const running = (tasks.data ?? []).filter(task => task.launchMode === 'existing' && canStop(task));
  return (
    <>
      <p>
        {trans.__(
          'Lost: running kernels and terminals, installed packages, and every file outside /gemini/code and /gemini/output.'
        )}
      </p>
      {running.length > 0 && (
        <>
          <p>
            {trans._n(
              '%1 training task in it is stopped:',
              '%1 training tasks in it are stopped:',
              running.length
            )}
          </p>
          <ul>
            {running.map(task => (
              <li key={task.id}>{task.taskName}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
