/** The models as hooks of React. */
import { useCallback, useSyncExternalStore } from 'react';
import { useNow } from '../components/clock';
import type { IEnvironment } from '../api/types';
import type { IEnvironmentModel, IEnvironmentSnapshot } from '../tokens';

const MINUTE = 60_000;

/** The environment, and what its run has cost until now. */
export function useEnvironment(model: IEnvironmentModel): IEnvironmentSnapshot & { costNow: string } {
  const subscribe = useCallback(
    (listener: () => void) => {
      const slot = (): void => listener();
      model.changed.connect(slot);
      return () => {
        model.changed.disconnect(slot);
      };
    },
    [model]
  );
  const snapshot = useSyncExternalStore(subscribe, () => model.snapshot);
  const now = useNow(5);
  const { environment, readAt } = snapshot;
  return { ...snapshot, costNow: environment ? costAt(environment, now - readAt) : '0' };
}

/** The cost `later` milliseconds after it was read: each whole minute adds a sixtieth of the price per hour. */
export function costAt(environment: IEnvironment, later: number): string {
  const charged =
    environment.state !== 'stopped' && environment.state !== 'failed' && environment.state !== 'queued';
  const minutes = charged ? Math.max(0, Math.floor(later / MINUTE)) : 0;
  return String(Number(environment.cost) + (Number(environment.pricePerHour) * minutes) / 60);
}
