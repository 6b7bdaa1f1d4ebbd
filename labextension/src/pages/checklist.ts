/** How far a person has come, read from what there is: nothing here remembers a click. */
import { useCallback, useEffect, useState } from 'react';
import type { IAsset, IEnvironment } from '../api/types';
import { useGemini } from '../components/context';
import { useEvents } from '../stores/hooks';

export interface IProgress {
  projects: boolean;
  /** A dataset with a version: one that can be mounted. */
  data: boolean;
  images: boolean;
  environments: boolean;
  /** An environment has run. */
  tried: boolean;
  /** A task was submitted. */
  trained: boolean;
  /** The way into the environment that runs. */
  labUrl: string | null;
}

/** That of `person`. Looked at again as things come and go; null until it is known. What cannot be read is not there. */
export function useProgress(wanted: boolean, person: string): IProgress | null {
  const { api } = useGemini();
  const [progress, setProgress] = useState<IProgress | null>(null);
  const [turn, setTurn] = useState(0);
  const look = useCallback(() => setTurn(before => before + 1), []);
  useEvents('project', look);
  useEvents('dataset', look);
  useEvents('dev-environment', look);
  useEvents('training-task', look);
  useEffect(() => {
    if (!wanted) {
      return;
    }
    let current = true;
    const rows = <T>(path: string, limit: number, owner?: string): Promise<T[]> =>
      api.list<T>(path, { limit, owner }).then(
        page => page.data,
        () => []
      );
    // Several events of one change are one look.
    const waiting = window.setTimeout(
      () => {
        void Promise.all([
          rows('/projects', 1),
          rows<IAsset>('/datasets', 50),
          rows('/images', 1),
          rows<IEnvironment>('/dev-environments', 50, person),
          rows('/training-tasks', 1, person)
        ]).then(([projects, datasets, images, environments, tasks]) => {
          if (current) {
            setProgress({
              projects: projects.length > 0,
              data: datasets.some(one => one.latestVersion),
              images: images.length > 0,
              environments: environments.length > 0,
              tried: tasks.length > 0 || environments.some(one => one.startedAt !== null),
              trained: tasks.length > 0,
              labUrl: environments.find(one => one.url)?.url ?? null
            });
          }
        });
      },
      turn === 0 ? 0 : 300
    );
    return () => {
      current = false;
      window.clearTimeout(waiting);
    };
  }, [api, wanted, person, turn]);
  return progress;
}

export function isAllDone(progress: IProgress): boolean {
  const { projects, data, images, environments, tried, trained } = progress;
  return projects && data && images && environments && tried && trained;
}
