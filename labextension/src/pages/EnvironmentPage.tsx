/** One environment by its address: where the hub leads people whose environment is not ready, and it goes on by itself. */
import { useEffect } from 'react';
import type { IEnvironment, IZone } from '../api/types';
import { PlaceLink } from '../components/Button';
import { Pairs } from '../components/Pieces';
import { Empty, Problem, Skeleton } from '../components/Views';
import { useTrans } from '../components/context';
import { versionName } from '../catalogue/assets';
import { EnvironmentCard } from '../environment/EnvironmentCard';
import { environmentPath, isOnItsWay } from '../environment/environments';
import { useAnswer, useItem } from '../stores/hooks';
import { useQuery } from './router';
import { PageHead } from './PageHead';
import { useTitle } from './title';

export function EnvironmentPage({ id }: { id: string }): React.JSX.Element {
  const trans = useTrans();
  const { item, error, gone, reload } = useItem<IEnvironment>(environmentPath(id), 'dev-environment', id);
  const zones = useAnswer<IZone[]>('/availability-zones').data ?? [];
  const waits = useWayOn(item);
  useTitle(item?.name ?? trans.__('Development environment'));
  if (gone || error?.status === 404) {
    return (
      <Empty icon="search" title={trans.__('There is no such environment.')}>
        <PlaceLink kind="primary" place={{ to: 'home' }}>
          {trans.__('Environments')}
        </PlaceLink>
      </Empty>
    );
  }
  if (!item) {
    return error ? <Problem error={error} onRetry={reload} /> : <Skeleton look="cards" rows={1} />;
  }
  return (
    <div className="gm-one">
      <PageHead title={trans.__('Development environment')} back={{ to: 'home' }} />
      {waits && (
        <p className="gm-quiet" role="status">
          {trans.__('It opens by itself when it is ready.')}
        </p>
      )}
      <EnvironmentCard
        environment={item}
        zoneName={zones.find(zone => zone.id === item.availabilityZone)?.name}
      />
      {item.mounts.length > 0 && (
        <Pairs
          pairs={item.mounts.map(mount => [
            mount.path,
            `${mount.assetName} ${versionName(mount.versionNumber)}`
          ])}
        />
      )}
    </div>
  );
}

/** Goes on to what the person asked the hub for once it runs; whether that is still to come. */
function useWayOn(environment: IEnvironment | null): boolean {
  const [next, setNext] = useQuery('next');
  const url = environment?.url ?? null;
  useEffect(() => {
    if (next && url) {
      // Once: the way back leads to this page and not on again.
      setNext('');
      window.location.assign(wayInto(url, next));
    }
  }, [next, url, setNext]);
  return next !== '' && environment !== null && isOnItsWay(environment);
}

/** `next` where it lies in the environment at `url`, else `url`: nobody is sent elsewhere. */
function wayInto(url: string, next: string): string {
  const root = new URL(url, window.location.href);
  const wish = next.replace(/^\/hub\/user\//, '/user/');
  const wanted = URL.canParse(wish, root) ? new URL(wish, root) : root;
  const inside =
    wanted.origin === root.origin && wanted.pathname.startsWith(root.pathname.replace(/lab$/, ''));
  return inside ? wanted.href : root.href;
}
