/** Reads what the training form can choose from. */
import { path } from '../api/request';
import type { IImage, IMe, IProject, ISpecification } from '../api/types';
import { usableProjects, usualProject } from '../catalogue/projects';
import { useGemini } from '../components/context';
import { useAnswer } from '../stores/hooks';
import { NOTHING_OFFERED, type IDraft, type IOffered } from './draft';

export function useOffered(me: IMe, { projectId, zone }: IDraft): IOffered {
  const { workspaceId } = useGemini();
  const listed = useAnswer<IProject[]>('/projects', { limit: 200, workspaceId }).data;
  // What is chosen is offered, also where the list leaves it out.
  const left = projectId !== '' && listed !== null && !listed.some(one => one.id === projectId);
  const own = useAnswer<IProject>(left ? path('projects', projectId) : null).data;
  const projects = usableProjects([...(left && own ? [own] : []), ...(listed ?? [])], me);
  const images = useAnswer<IImage[]>('/images').data ?? [];
  const specifications = useAnswer<ISpecification[]>(zone ? '/specifications' : null, { zone }).data;
  const amounts = specifications?.find(one => one.isDefault) ?? specifications?.[0];
  return {
    projects,
    images,
    usual: {
      project: usualProject(projects, me),
      image: images[0]?.id ?? '',
      amounts: amounts ?? NOTHING_OFFERED.usual.amounts
    }
  };
}
