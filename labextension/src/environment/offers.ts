/** What an environment can be made of: projects, images, specifications, zones. */
import { useState } from 'react';
import type { ApiError } from '../api/errors';
import type { IImage, IMe, IProject, ISpecification, IZone } from '../api/types';
import { usableProjects } from '../catalogue/projects';
import { useGemini } from '../components/context';
import { useAnswer } from '../stores/hooks';

export interface IOffers {
  /** Those that one may work in. */
  projects: readonly IProject[];
  images: readonly IImage[];
  specifications: readonly ISpecification[];
  zones: readonly IZone[];
  reloadProjects: () => void;
}

export interface IOffersAnswer {
  /** Null until all are known. */
  offers: IOffers | null;
  error: ApiError | null;
  reload: () => void;
}

/** All offers. The projects stay while they are read again. */
export function useOffers(): IOffersAnswer {
  const { workspaceId } = useGemini();
  const projects = useAnswer<IProject[]>('/projects', { limit: 200, workspaceId });
  const me = useAnswer<IMe>('/me');
  const images = useAnswer<IImage[]>('/images');
  const specifications = useAnswer<ISpecification[]>('/specifications');
  const zones = useAnswer<IZone[]>('/availability-zones');
  const [known, setKnown] = useState<readonly IProject[] | null>(null);
  if (projects.data && projects.data !== known) {
    setKnown(projects.data);
  }
  const answers = [me, projects, images, specifications, zones];
  const offers =
    me.data && known && images.data && specifications.data && zones.data
      ? {
          projects: usableProjects(known, me.data),
          images: images.data,
          specifications: specifications.data,
          zones: zones.data,
          reloadProjects: projects.reload
        }
      : null;
  return {
    offers,
    error: answers.find(answer => answer.error)?.error ?? null,
    reload: () => answers.forEach(answer => answer.reload())
  };
}
