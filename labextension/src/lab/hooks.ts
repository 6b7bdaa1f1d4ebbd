/** The models as hooks of React. */
import { useCallback, useSyncExternalStore } from 'react';
import { useNow } from '../components/clock';
import { costLater } from '../components/money';
import type { IEnvironmentModel, IEnvironmentSnapshot } from '../tokens';

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
  return { ...snapshot, costNow: environment ? costLater(environment, now - readAt) : '0' };
}
