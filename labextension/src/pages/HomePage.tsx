/** Home: the environments as cards, and the first steps until they are done or hidden. */
import type { IMe, IZone } from '../api/types';
import { DropDown } from '../components/DropDown';
import { Button, PlaceLink } from '../components/Button';
import { Empty, Problem, Skeleton } from '../components/Views';
import { useTrans } from '../components/context';
import { EnvironmentCard } from '../environment/EnvironmentCard';
import { useEnvironments } from '../environment/environments';
import { useAnswer } from '../stores/hooks';
import { FirstSteps } from './FirstSteps';
import { isAllDone, useProgress } from './checklist';
import { useQuery } from './router';
import { PageHead } from './PageHead';
import { useChecklist } from './preferences';
import { useTitle } from './title';

/** From so many environments on a filter helps. */
const FILTER_FROM = 8;
const ALL = 'all';

export function HomePage({ person }: { person: string }): React.JSX.Element {
  const trans = useTrans();
  useTitle(trans.__('Environments'));
  const [whose, setWhose] = useQuery('whose');
  const environments = useEnvironments(whose === ALL ? null : person);
  const zones = useAnswer<IZone[]>('/availability-zones').data ?? [];
  const [q, setQ] = useQuery('q');
  const wanted = q.trim().toLowerCase();
  const shown = environments.rows.filter(one =>
    [one.name, one.projectName, ...one.tags].some(text => text.toLowerCase().includes(wanted))
  );
  const [wish, setWish] = useChecklist();
  const progress = useProgress(wish !== 'hidden', person);
  const steps = wish !== 'hidden' && progress !== null && (wish === 'shown' || !isAllDone(progress));
  const empty = environments.state === 'ready' && environments.rows.length === 0;
  const checklist = steps && <FirstSteps progress={progress} onHide={() => setWish('hidden')} />;
  return (
    <>
      <PageHead title={trans.__('Environments')}>
        <Whose value={whose} onChange={setWhose} />
        {!steps && (wish === 'hidden' || progress !== null) && (
          <Button icon="check" onClick={() => setWish('shown')}>
            {trans.__('First steps')}
          </Button>
        )}
        {!(empty && steps) && (
          <PlaceLink kind="primary" icon="plus" place={{ to: 'environment-new' }}>
            {trans.__('New environment')}
          </PlaceLink>
        )}
      </PageHead>
      {environments.error && <Problem error={environments.error} onRetry={environments.reload} />}
      {environments.state === 'loading' && <Skeleton look="cards" rows={3} />}
      {empty && checklist}
      {empty && !steps && (wish === 'hidden' || progress !== null) && (
        <Empty icon="notebook" title={trans.__('No environment yet.')}>
          <p>
            {trans.__(
              'An environment is a JupyterLab of your own, with a project, data and the resources it needs.'
            )}
          </p>
        </Empty>
      )}
      {(environments.rows.length >= FILTER_FROM || q !== '') && (
        <div className="gm-filterline" role="search">
          <input
            className="gm-input"
            type="search"
            value={q}
            placeholder={trans.__('Filter environments')}
            aria-label={trans.__('Filter environments')}
            onChange={event => setQ(event.target.value)}
          />
        </div>
      )}
      <div className="gm-cards">
        {shown.map(one => (
          <EnvironmentCard
            key={one.id}
            environment={one}
            owner={one.owner === person ? undefined : one.owner}
            zoneName={zones.find(zone => zone.id === one.availabilityZone)?.name}
          />
        ))}
      </div>
      {wanted !== '' && shown.length === 0 && (
        <p className="gm-quiet">{trans.__('Nothing matches the filter.')}</p>
      )}
      {environments.more && (
        <div className="gm-buttons">
          <Button onClick={environments.next}>{trans.__('Show more')}</Button>
          <span className="gm-quiet gm-number-text">
            {trans.__('%1 of %2', environments.rows.length, environments.total)}
          </span>
        </div>
      )}
      {environments.rows.length > 0 && checklist}
    </>
  );
}

/** One's own environments, or also those that one may see and stop as an owner, an admin or an operator. */
function Whose(props: { value: string; onChange: (value: string) => void }): React.JSX.Element | null {
  const trans = useTrans();
  const me = useAnswer<IMe>('/me').data;
  if (!me?.operator && !me?.workspaces.some(one => one.role !== 'member')) {
    return null;
  }
  return (
    <DropDown
      aria-label={trans.__('Whose environments')}
      value={props.value === ALL ? ALL : ''}
      onChange={event => props.onChange(event.target.value)}
    >
      <option value="">{trans.__('Mine')}</option>
      <option value={ALL}>{trans.__("Everybody's")}</option>
    </DropDown>
  );
}
