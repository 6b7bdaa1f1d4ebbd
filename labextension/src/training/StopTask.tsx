/** Asks before a task is stopped: what it has not written is lost. */
import type { ReactNode } from 'react';
import type { ITask } from '../api/types';
import { Confirm } from '../components/Dialog';
import { useGemini } from '../components/context';
import { taskPath } from './tasks';

export interface IStopTaskProps {
  task: ITask;
  onClose: () => void;
  /** What has to be said first, such as whose it is. */
  children?: ReactNode;
}

export function StopTask(props: IStopTaskProps): React.JSX.Element {
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
      {props.children}
      <p>{trans.__('All its processes end. What it has not yet written to its output folder is lost.')}</p>
      <p>{trans.__('Its log, its outputs and its cost so far are kept.')}</p>
    </Confirm>
  );
}
