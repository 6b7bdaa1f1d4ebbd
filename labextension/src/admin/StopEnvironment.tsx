/** Asks an operator before somebody else's environment is stopped, and names whose it is and what ends with it. */
import type { IEnvironment } from '../api/types';
import { Confirm } from '../components/Dialog';
import { useGemini } from '../components/context';
import { Ends } from '../environment/EnvironmentQuestion';
import { environmentPath } from '../environment/environments';

export function StopEnvironment(props: {
  environment: IEnvironment;
  onClose: () => void;
}): React.JSX.Element {
  const { api, trans } = useGemini();
  const { environment } = props;
  return (
    <Confirm
      title={trans.__('Stop %1?', environment.name)}
      verb={trans.__('Stop environment')}
      danger
      onConfirm={() => api.post(environmentPath(environment.id, 'stop'), {})}
      onClose={props.onClose}
    >
      <p>
        {trans.__('It is the environment of %1, in project %2.', environment.owner, environment.projectName)}
      </p>
      <Ends environment={environment} />
      <p>{trans.__('Kept: the code and the outputs of the project, datasets and models.')}</p>
    </Confirm>
  );
}
