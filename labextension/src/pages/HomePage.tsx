/** Home: the environments as cards; before there are any, the first steps. */
import type { IZone } from '../api/types';
import { PlaceLink } from '../components/Button';
import { Problem, Skeleton } from '../components/Views';
import { useTrans } from '../components/context';
import { EnvironmentCard } from '../environment/EnvironmentCard';
import { useEnvironments } from '../environment/environments';
import { useAnswer } from '../stores/hooks';
import { FirstSteps } from './FirstSteps';
import { useQuery } from './router';
import { PageHead } from './PageHead';
import { useTitle } from './title';

/** From so many environments on a filter helps. */
const FILTER_FROM = 8;

export function HomePage(): React.JSX.Element {
  const trans = useTrans();
  useTitle(trans.__('Environments'));
  const environments = useEnvironments();
  const zones = useAnswer<IZone[]>('/availability-zones').data ?? [];
  const [q, setQ] = useQuery('q');
  const wanted = q.trim().toLowerCase();
  const shown = environments.rows.filter(one =>
    [one.name, one.projectName, ...one.tags].some(text => text.toLowerCase().includes(wanted))
  );
  const empty = environments.state === 'ready' && environments.rows.length === 0;
  return (
    <>
      <PageHead title={trans.__('Environments')}>
        {!empty && (
          <PlaceLink kind="primary" icon="plus" place={{ to: 'environment-new' }}>
            {trans.__('New environment')}
          </PlaceLink>
        )}
      </PageHead>
      {environments.error && <Problem error={environments.error} onRetry={environments.reload} />}
      {environments.state === 'loading' && <Skeleton look="cards" rows={3} />}
      {empty && <FirstSteps />}
      {environments.rows.length >= FILTER_FROM && (
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
            zoneName={zones.find(zone => zone.id === one.availabilityZone)?.name}
          />
        ))}
      </div>
      {wanted !== '' && shown.length === 0 && (
        <p className="gm-quiet">{trans.__('Nothing matches the filter.')}</p>
      )}
    </>
  );
}
