/** What the training form holds, what of it is wrong, and what is sent. Pure. */
import type {
  IEnvironment,
  IImage,
  IMount,
  IProject,
  IRole,
  ITask,
  ITaskBody,
  LaunchMode,
  Priority,
  RetryReason,
  TaskMode
} from '../api/types';
import type { IPick } from '../catalogue/MountPicker';
import type { ITrainingPreset } from '../components/context';
import type { ITrans } from '../i18n/trans';
import { FIRST_ROLES, roleMistakes } from './roles';

export interface IDraft {
  taskName: string;
  description: string;
  command: string;
  /** null: nothing was touched yet, and what the environment mounts is offered. */
  datasets: IPick[] | null;
  models: IPick[] | null;
  /** null: not chosen by the person. */
  launchMode: LaunchMode | null;
  /** null: not touched, so that one is preselected; '' was cleared and stays so. */
  environmentId: string | null;
  /** '': not chosen, as the image. */
  projectId: string;
  zone: string;
  gpuType: string;
  gpuCount: number;
  /** null: not touched, and what the zone usually gives is offered; NaN: emptied. */
  cpuCores: number | null;
  memory: number | null;
  image: string;
  mode: TaskMode;
  priority: Priority;
  retries: number;
  /** Of a clone; null where the form alone decides. */
  retryOn: readonly RetryReason[] | null;
  /** Seconds; null: no limit. */
  maxDuration: number | null;
  /** Of the mode `distributed`; kept while another is looked at. */
  roles: readonly IRole[];
}

type FilledIn = 'datasets' | 'models' | 'launchMode' | 'environmentId' | 'cpuCores' | 'memory';

/** The draft with what is not said filled in from what is there: what is shown, and what is sent. */
export interface IResolved extends Omit<IDraft, FilledIn> {
  datasets: IPick[];
  models: IPick[];
  launchMode: LaunchMode;
  environmentId: string;
  environment: IEnvironment | null;
  /** Whose code runs, where it is known. */
  project: IProject | null;
  cpuCores: number;
  memory: number;
}

/** What the form can choose from, beside environments and zones. */
export interface IOffered {
  projects: readonly IProject[];
  images: readonly IImage[];
  /** What is taken where nothing was chosen; the amounts are those of the zone. */
  usual: { project: IProject | null; image: string; amounts: { cpuCores: number; memory: number } };
}

export const NOTHING_OFFERED: IOffered = {
  projects: [],
  images: [],
  usual: { project: null, image: '', amounts: { cpuCores: 1, memory: 2 } }
};

export type Mistakes = Partial<Record<string, string>>;

export const NO_DRAFT: IDraft = {
  taskName: '',
  description: '',
  command: '',
  datasets: null,
  models: null,
  launchMode: null,
  environmentId: null,
  projectId: '',
  zone: '',
  gpuType: '',
  gpuCount: 0,
  cpuCores: null,
  memory: null,
  image: '',
  mode: 'standalone',
  priority: 'normal',
  retries: 0,
  retryOn: null,
  maxDuration: null,
  roles: FIRST_ROLES
};

export function draftFrom(preset: ITrainingPreset): IDraft {
  const script = preset.script?.replace(/^\/?(gemini\/code\/)?/, '') ?? '';
  const stem =
    script
      .split('/')
      .pop()
      ?.replace(/\.[^.]+$/, '') ?? '';
  return {
    ...NO_DRAFT,
    taskName: preset.taskName ?? stem,
    command: preset.command ?? (script ? `python ${quoted(script)}` : ''),
    environmentId: preset.environmentId ?? null,
    launchMode: preset.launchMode ?? null
  };
}

/** A draft that would submit `task` again. */
export function draftOf(task: ITask): IDraft {
  return {
    taskName: task.taskName,
    description: task.description,
    command: task.command,
    datasets: picks(task.datasets),
    models: picks(task.models),
    launchMode: task.launchMode,
    environmentId: task.environmentId,
    projectId: task.projectId,
    zone: task.launchMode === 'dynamic' ? (task.availabilityZone ?? '') : '',
    gpuType: task.gpuType ?? '',
    gpuCount: task.gpuCount,
    cpuCores: task.cpuCores,
    memory: task.memory,
    image: task.image,
    mode: task.mode,
    priority: task.priority,
    retries: task.retries,
    retryOn: task.retryOn,
    maxDuration: task.maxDuration,
    roles: task.mode === 'distributed' ? task.roles : FIRST_ROLES
  };
}

/** TRAIN-2: none running → dynamic; else the person's choice, else Lab's own environment, else the first. */
export function resolve(
  draft: IDraft,
  running: readonly IEnvironment[],
  own: string | null,
  offered: IOffered = NOTHING_OFFERED
): IResolved {
  const launchMode = running.length === 0 ? 'dynamic' : (draft.launchMode ?? 'existing');
  const preselected = running.find(one => one.id === own) ?? running[0];
  const environment =
    draft.environmentId === null ? preselected : running.find(one => one.id === draft.environmentId);
  const chosen = launchMode === 'existing' ? (environment ?? null) : null;
  const project = projectOf(chosen?.projectId ?? draft.projectId, offered);
  return {
    ...draft,
    launchMode,
    // TRAIN-3b: all but the first need resources of their own.
    mode: launchMode === 'existing' ? 'standalone' : draft.mode,
    environment: chosen,
    environmentId: chosen?.id ?? '',
    project,
    projectId: chosen?.projectId ?? project?.id ?? '',
    image: draft.image || offered.usual.image,
    cpuCores: draft.cpuCores ?? offered.usual.amounts.cpuCores,
    memory: draft.memory ?? offered.usual.amounts.memory,
    datasets: draft.datasets ?? picks(chosen?.mounts.filter(mount => mount.kind === 'dataset') ?? []),
    models: draft.models ?? picks(chosen?.mounts.filter(mount => mount.kind === 'model') ?? [])
  };
}

function projectOf(id: string, offered: IOffered): IProject | null {
  return id === '' ? offered.usual.project : (offered.projects.find(one => one.id === id) ?? null);
}

/** The draft with how it runs kept as it is shown: what others start and stop changes no form under the hands. */
export function kept(draft: IDraft, shown: IResolved): IDraft {
  return {
    ...draft,
    launchMode: shown.launchMode,
    environmentId: draft.environmentId ?? (shown.environmentId || null)
  };
}

/** TRAIN-3: the order in which the form is checked. */
export const ORDER = ['taskName', 'datasetId', 'environmentId', 'availabilityZone'] as const;

/** Checked after those. */
const BEHIND = ['projectId', 'gpuCount', 'cpuCores', 'memory'] as const;

/** Every mistake; the form shows the first of ORDER. */
export function mistakes(draft: IResolved, trans: ITrans): Mistakes {
  const found: Mistakes = {};
  if (draft.taskName.trim() === '') {
    found.taskName = trans.__('Enter a task name');
  }
  if (!draft.datasets[0]?.assetId || !draft.datasets[0].versionId) {
    found.datasetId = trans.__('Choose a dataset');
  }
  if (draft.launchMode === 'existing' && !draft.environmentId) {
    found.environmentId = trans.__('Choose a development environment');
  }
  if (draft.launchMode === 'dynamic' && !draft.zone) {
    found.availabilityZone = trans.__('Choose a zone');
  }
  return {
    ...found,
    ...(draft.launchMode === 'dynamic' ? dynamicMistakes(draft, trans) : {}),
    ...(draft.mode === 'distributed' ? roleMistakes(draft.roles, trans) : {})
  };
}

function dynamicMistakes(draft: IResolved, trans: ITrans): Mistakes {
  const found: Mistakes = {};
  if (!draft.projectId) {
    found.projectId = trans.__('Choose a project');
  }
  if (draft.gpuType && !Number.isInteger(draft.gpuCount)) {
    found.gpuCount = trans.__('Enter a whole number');
  }
  for (const name of ['cpuCores', 'memory'] as const) {
    if (!(draft[name] > 0)) {
      found[name] = trans.__('Enter a number above 0');
    }
  }
  return found;
}

/** The field whose mistake is shown first. */
export function firstOf(found: Mistakes): string | null {
  const roles = Object.keys(found).filter(isRoleField);
  return [...ORDER, ...BEHIND, ...roles].find(name => found[name]) ?? null;
}

/** Whether a field of the form is one of a role. */
export function isRoleField(name: string): boolean {
  return name.startsWith('roles[');
}

/** The body of TRAIN-3's request (API-3). */
export function bodyOf(draft: IResolved): ITaskBody {
  const datasets = draft.datasets.filter(pick => pick.assetId);
  const models = draft.models.filter(pick => pick.assetId);
  const body: ITaskBody = {
    taskName: draft.taskName.trim(),
    description: draft.description.trim(),
    datasetId: datasets[0]?.assetId ?? null,
    datasetVersionId: datasets[0]?.versionId ?? null,
    modelId: models[0]?.assetId ?? null,
    launchMode: draft.launchMode
  };
  if (models[0]?.versionId) {
    body.modelVersionId = models[0].versionId;
  }
  if (datasets.length > 1) {
    body.datasets = datasets.map(pick => ({ datasetId: pick.assetId, versionId: pick.versionId }));
  }
  if (models.length > 1) {
    body.models = models.map(pick => ({ modelId: pick.assetId, versionId: pick.versionId }));
  }
  if (draft.command.trim()) {
    body.command = draft.command.trim();
  }
  if (draft.maxDuration !== null) {
    body.maxDuration = draft.maxDuration;
  }
  return draft.launchMode === 'existing'
    ? { ...body, environmentId: draft.environmentId || null }
    : { ...body, ...dynamicPart(draft) };
}

function dynamicPart(draft: IResolved): Partial<ITaskBody> {
  const body: Partial<ITaskBody> = { resourceConfig: resources(draft) };
  if (draft.projectId) {
    body.projectId = draft.projectId;
  }
  if (draft.priority !== 'normal') {
    body.priority = draft.priority;
  }
  if (draft.retries > 0) {
    body.retries = draft.retries;
    if (draft.retryOn && draft.retryOn.length > 0) {
      body.retryOn = draft.retryOn;
    }
  }
  if (draft.mode === 'distributed') {
    body.mode = draft.mode;
    body.roles = draft.roles.map(rolePart);
  }
  return body;
}

function rolePart(role: IRole): NonNullable<ITaskBody['roles']>[number] {
  const command = role.command.trim();
  const instances = Number.isInteger(role.instances) ? role.instances : 0;
  return { name: role.name.trim(), instances, ...(command ? { command } : {}) };
}

function resources(draft: IResolved): NonNullable<ITaskBody['resourceConfig']> {
  const count = draft.gpuType ? draft.gpuCount : 0;
  return {
    availabilityZone: draft.zone,
    gpuType: count > 0 ? draft.gpuType : null,
    gpuCount: count,
    cpuCores: draft.cpuCores,
    memory: draft.memory,
    image: draft.image
  };
}

/** The form's field for a field of the wire. */
export function fieldOf(wire: string | null): string | null {
  if (!wire) {
    return null;
  }
  const role = /^roles(?:\.(\d+)|\[(\d+)\])\.(\w+)$/.exec(wire);
  if (role) {
    return `roles[${role[1] ?? role[2]}].${role[3]}`;
  }
  const last = wire.split('.').pop() ?? wire;
  return last === 'datasetVersionId' ? 'datasetId' : last;
}

function picks(mounts: readonly IMount[]): IPick[] {
  return mounts.map(mount => ({ assetId: mount.assetId, versionId: mount.versionId }));
}

function quoted(script: string): string {
  return /^[\w./-]+$/.test(script) ? script : `'${script.replaceAll("'", `'\\''`)}'`;
}
