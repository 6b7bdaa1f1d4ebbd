/** What the form for a new environment holds and sends. Pure. */
import type { IEnvironment, IMount, IProject, ISpecification } from '../api/types';
import type { IPick } from '../catalogue/MountPicker';
import type { ITrans } from '../i18n/trans';

export interface IEnvironmentDraft {
  name: string;
  projectId: string;
  image: string;
  specificationId: string;
  datasets: IPick[];
  models: IPick[];
  tags: string;
}

export interface IEnvironmentBody {
  name: string;
  projectId: string | null;
  image: string | null;
  specificationId: string | null;
  datasets: { datasetId: string; versionId?: string }[];
  models: { modelId: string; versionId?: string }[];
  tags: string[];
}

export const NO_ENVIRONMENT: IEnvironmentDraft = {
  name: '',
  projectId: '',
  image: '',
  specificationId: '',
  datasets: [],
  models: [],
  tags: ''
};

/** The draft with what was not chosen filled in: the first project and image, its or the default specification. */
export function filledIn(
  draft: IEnvironmentDraft,
  projects: readonly IProject[],
  images: readonly { id: string }[],
  specifications: readonly ISpecification[]
): IEnvironmentDraft {
  // A choice that is not offered, or not yet, is never another one.
  const project = draft.projectId ? projects.find(one => one.id === draft.projectId) : projects[0];
  const usual =
    specifications.find(one => one.id === project?.defaultSpecificationId) ??
    specifications.find(one => one.isDefault) ??
    specifications[0];
  return {
    ...draft,
    projectId: project?.id ?? '',
    image: draft.image || (images[0]?.id ?? ''),
    specificationId: draft.specificationId || (usual?.id ?? '')
  };
}

/** `wish`, with the first number behind it that makes it none of those `taken`. */
export function freeName(wish: string, taken: readonly string[]): string {
  let name = wish;
  for (let number = 2; taken.includes(name); number += 1) {
    name = `${wish.slice(0, 56)} ${number}`;
  }
  return name;
}

export const ENVIRONMENT_ORDER = ['name', 'projectId', 'image', 'specificationId'] as const;

export function environmentMistakes(
  draft: IEnvironmentDraft,
  trans: ITrans
): Partial<Record<string, string>> {
  const found: Partial<Record<string, string>> = {};
  if (draft.name.trim() === '') {
    found.name = trans.__('Enter a name');
  }
  if (!draft.projectId) {
    found.projectId = trans.__('Choose a project');
  }
  if (!draft.image) {
    found.image = trans.__('Choose an image');
  }
  if (!draft.specificationId) {
    found.specificationId = trans.__('Choose a specification');
  }
  return found;
}

export function environmentBody(draft: IEnvironmentDraft): IEnvironmentBody {
  const version = (pick: IPick): { versionId?: string } =>
    pick.versionId ? { versionId: pick.versionId } : {};
  return {
    name: draft.name.trim(),
    projectId: draft.projectId || null,
    image: draft.image || null,
    specificationId: draft.specificationId || null,
    datasets: draft.datasets
      .filter(pick => pick.assetId)
      .map(pick => ({ datasetId: pick.assetId, ...version(pick) })),
    models: draft.models
      .filter(pick => pick.assetId)
      .map(pick => ({ modelId: pick.assetId, ...version(pick) })),
    tags: draft.tags.split(/[,，\s]+/).filter(Boolean)
  };
}

/** What a form for an environment that is there begins with. */
export function draftOf(environment: IEnvironment): IEnvironmentDraft {
  const picks = (kind: IMount['kind']): IPick[] =>
    environment.mounts
      .filter(mount => mount.kind === kind)
      .sort((one, other) => one.slot - other.slot)
      .map(mount => ({ assetId: mount.assetId, versionId: mount.versionId }));
  return {
    name: environment.name,
    projectId: environment.projectId,
    image: environment.image,
    specificationId: environment.specificationId ?? '',
    datasets: picks('dataset'),
    models: picks('model'),
    tags: environment.tags.join(' ')
  };
}

/** What a person changed, and nothing else: what is not sent stays as it is. */
export function environmentChange(
  before: IEnvironmentDraft,
  after: IEnvironmentDraft
): Partial<IEnvironmentBody> {
  const [old, now] = [environmentBody(before), environmentBody(after)];
  const changed = Object.entries(now).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(old[field as keyof IEnvironmentBody])
  );
  return Object.fromEntries(changed);
}
