/** The page of a route. */
import { PlaceLink } from '../components/Button';
import { Empty } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { EditEnvironment } from '../environment/EditEnvironment';
import { NewEnvironment } from '../environment/NewEnvironment';
import { TaskView } from '../training/TaskView';
import { TrainingForm } from '../training/TrainingForm';
import { TrainingList } from '../training/TrainingList';
import type { ITaskFilters } from '../training/tasks';
import { AdminPage } from './AdminPage';
import { AssetPage } from './AssetPage';
import { AssetsPage } from './AssetsPage';
import { EnvironmentPage } from './EnvironmentPage';
import { HomePage } from './HomePage';
import { useQuery, type Route } from './router';
import { PageHead } from './PageHead';
import { useTitle } from './title';
import { WorkspacePage } from './WorkspacePage';

export interface IPageViewProps {
  route: Route;
  person: string;
  operator: boolean;
}

export function PageView({ route, person, operator }: IPageViewProps): React.JSX.Element {
  switch (route.page) {
    case 'home':
      return <HomePage person={person} />;
    case 'environment-new':
      return <NewEnvironmentPage />;
    case 'environment':
      return <EnvironmentPage id={route.id} />;
    case 'environment-edit':
      return <EditEnvironmentPage id={route.id} />;
    case 'training-create':
      return <TrainingCreatePage route={route} />;
    case 'training-jobs':
      return <TrainingJobsPage />;
    case 'task':
      return <TaskPage id={route.id} />;
    case 'assets':
      return <AssetsPage kind={route.kind} />;
    case 'asset':
      return <AssetPage kind={route.kind} id={route.id} />;
    case 'workspace':
      return <WorkspacePage id={route.id} operator={operator} />;
    case 'admin':
    case 'admin-text':
      return <AdminPage operator={operator} section={route.section} workspaceId={route.workspaceId} />;
    case 'unknown':
      return <UnknownPage />;
  }
}

function NewEnvironmentPage(): React.JSX.Element {
  const { trans, go, notify } = useGemini();
  useTitle(trans.__('New environment'));
  return (
    <>
      <PageHead
        title={trans.__('New environment')}
        subtitle={trans.__('A JupyterLab of your own, with a project, data and the resources it needs')}
        back={{ to: 'home' }}
      />
      <NewEnvironment
        onCancel={() => go({ to: 'home' })}
        onCreated={environment => {
          notify({ title: trans.__('Environment created'), detail: environment.name });
          go({ to: 'home' });
        }}
      />
    </>
  );
}

function EditEnvironmentPage({ id }: { id: string }): React.JSX.Element {
  const { trans, go, notify } = useGemini();
  useTitle(trans.__('Change environment'));
  return (
    <>
      <PageHead title={trans.__('Change environment')} back={{ to: 'home' }} />
      <EditEnvironment
        id={id}
        onCancel={() => go({ to: 'home' })}
        onChanged={environment => {
          notify({ title: trans.__('Environment changed'), detail: environment.name });
          go({ to: 'home' });
        }}
      />
    </>
  );
}

function TrainingCreatePage({
  route
}: {
  route: Extract<Route, { page: 'training-create' }>;
}): React.JSX.Element {
  const { trans, go } = useGemini();
  useTitle(trans.__('Submit training'));
  return (
    <>
      <PageHead
        title={trans.__('Submit training')}
        subtitle={trans.__('Use a running development environment, or create new resources dynamically')}
        back={{ to: 'training-jobs' }}
      />
      <TrainingForm preset={route.preset} onCancel={() => go({ to: 'training-jobs' })} />
    </>
  );
}

function TrainingJobsPage(): React.JSX.Element {
  const trans = useTrans();
  useTitle(trans.__('Training tasks'));
  const [q, setQ] = useQuery('q');
  const [state, setState] = useQuery('state');
  const [launchMode, setLaunchMode] = useQuery('launchMode');
  const onFilters = (filters: ITaskFilters): void => {
    setQ(filters.q);
    setState(filters.state);
    setLaunchMode(filters.launchMode);
  };
  return (
    <>
      <PageHead title={trans.__('Training tasks')}>
        <PlaceLink kind="primary" icon="plus" place={{ to: 'training-create' }}>
          {trans.__('Submit training')}
        </PlaceLink>
      </PageHead>
      <TrainingList filters={{ q, state, launchMode }} onFilters={onFilters} />
    </>
  );
}

function TaskPage({ id }: { id: string }): React.JSX.Element {
  const trans = useTrans();
  const [tab, setTab] = useQuery('tab');
  useTitle(trans.__('Training task'));
  return (
    <>
      <PlaceLink className="gm-back" icon="back" place={{ to: 'training-jobs' }}>
        {trans.__('Training tasks')}
      </PlaceLink>
      <TaskView
        taskId={id}
        tab={tab || 'log'}
        onTab={setTab}
        onName={name => {
          document.title = `${name} · Gemini`;
        }}
      />
    </>
  );
}

function UnknownPage(): React.JSX.Element {
  const trans = useTrans();
  useTitle(trans.__('Not found'));
  return (
    <Empty icon="search" title={trans.__('There is no such page.')}>
      <PlaceLink kind="primary" place={{ to: 'home' }}>
        {trans.__('Environments')}
      </PlaceLink>
    </Empty>
  );
}
