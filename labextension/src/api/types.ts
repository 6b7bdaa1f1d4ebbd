/** The wire models of the API, as docs/architecture.md names them. Money is a decimal string in 算力点, times are ISO 8601 UTC. */

export type EnvironmentState = 'queued' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export type TaskState =
  'queued' | 'allocating' | 'starting' | 'running' | 'succeeded' | 'failed' | 'stopping' | 'stopped';

export type AnyState = EnvironmentState | TaskState;

export type LaunchMode = 'existing' | 'dynamic';

export interface IReason {
  code: string;
  message: string;
  remedy: string | null;
  detail: string | null;
}

export interface IMount {
  kind: 'dataset' | 'model';
  slot: number;
  assetId: string;
  assetName: string;
  versionId: string;
  versionNumber: number;
  path: string;
}

export interface IStep {
  name: string;
  label?: string;
  state: 'waiting' | 'doing' | 'done' | 'failed';
  at: string | null;
}

export interface IEnvironment {
  id: string;
  name: string;
  type: 'notebook' | 'custom';
  status: 'running' | 'stopped';
  state: EnvironmentState;
  target: string;
  reason: IReason | null;
  position: number | null;
  image: string;
  availabilityZone: string;
  gpuType: string | null;
  gpuCount: number;
  cpuCores: number;
  memory: number;
  uptime: string | null;
  tags: string[];
  projectId: string;
  projectName: string;
  owner: string;
  workspaceId: string;
  specificationId: string | null;
  mounts: IMount[];
  createdAt: string;
  startedAt: string | null;
  stateSince: string;
  pricePerHour: string;
  cost: string;
  health: string | null;
  usage: IUsage | null;
  steps: IStep[];
  url: string | null;
  terminalUrl: string | null;
  tensorboardUrl: string | null;
}

export interface IUsage {
  cpu: number;
  memory: number;
}

export interface IRank {
  role: string;
  rank: number;
  state: string;
  exitCode: number | null;
}

/** So many instances of one command; in what is sent an empty command means the task's. */
export interface IRole {
  name: string;
  instances: number;
  command: string;
}

/** Who waits in front where resources are short. */
export type Priority = 'low' | 'normal' | 'high';

/** Of a task: alone, or of several roles. */
export type TaskMode = 'standalone' | 'distributed';

/** What a task can be tried again after. */
export type RetryReason = 'code' | 'node' | 'out-of-memory';

export interface IMoment {
  state: TaskState;
  at: string;
  reason: IReason | null;
}

export interface ITask {
  taskId: string;
  id: string;
  taskName: string;
  description: string;
  status: string;
  state: TaskState;
  reason: IReason | null;
  position: number | null;
  launchMode: LaunchMode;
  mode: TaskMode;
  environmentId: string | null;
  environmentName: string | null;
  availabilityZone: string | null;
  gpuType: string | null;
  gpuCount: number;
  cpuCores: number;
  memory: number;
  image: string;
  command: string;
  datasets: IMount[];
  models: IMount[];
  projectId: string;
  projectName: string;
  owner: string;
  workspaceId: string;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  stateSince: string;
  exitCode: number | null;
  lost: boolean;
  lastLines: string[];
  /** Its resources are of each of so many instances; price and cost are of all. */
  instances: number;
  priority: Priority;
  retries: number;
  attempt: number;
  roles: IRole[];
  ranks: IRank[];
  timeline: IMoment[];
  steps: IStep[];
  cost: string;
  costIsShare: boolean;
  pricePerHour: string;
  /** Seconds. */
  maxDuration: number | null;
  /** Kinds of failures after which it is tried again; empty where it never is. */
  retryOn: RetryReason[];
  outputPath: string;
  estimatedStartTime: string | null;
}

export interface ITaskCreated {
  taskId: string;
  status: string;
  environmentId?: string;
  estimatedStartTime?: string;
}

export interface IResourceConfig {
  availabilityZone: string;
  gpuType: string | null;
  gpuCount: number;
  cpuCores: number;
  memory: number;
  image: string;
}

export interface ITaskBody {
  taskName: string;
  datasetId: string | null;
  datasetVersionId: string | null;
  modelId: string | null;
  modelVersionId?: string | null;
  datasets?: { datasetId: string; versionId: string | null }[];
  models?: { modelId: string; versionId: string | null }[];
  launchMode: LaunchMode;
  environmentId?: string | null;
  resourceConfig?: IResourceConfig;
  description: string;
  command?: string;
  projectId?: string;
  priority?: Priority;
  retries?: number;
  retryOn?: readonly RetryReason[];
  maxDuration?: number;
  mode?: TaskMode;
  roles?: { name: string; instances: number; command?: string }[];
}

export interface IFieldError {
  name: string;
  field: string;
  message: string;
}

export interface ITaskPreview {
  environmentName?: string | null;
  zoneName?: string | null;
  gpu: string | null;
  cpuCores: number | null;
  memory: number | null;
  pricePerHour: string | null;
  priceIsShare: boolean;
  expectedStart: string | null;
  queue: { reason: IReason | string | null; position: number | null } | null;
  errors: IFieldError[];
}

export interface IEnvironmentPreview {
  zoneName?: string | null;
  gpu: string | null;
  cpuCores: number | null;
  memory: number | null;
  pricePerHour: string | null;
  expectedStart: string | null;
  queue: { reason: IReason | string | null; position: number | null } | null;
  errors: IFieldError[];
}

export interface IWorkspace {
  id: string;
  name: string;
  role: 'owner' | 'admin' | 'member';
  balance: string;
}

/** The most that may be held at once; null is no limit. */
export interface IQuotaLimits {
  cpuCores: number | null;
  memory: number | null;
  gpuCount: number | null;
  changedBy: string | null;
  changedAt: string | null;
}

/** Environments and tasks with resources of their own, and what they have together. */
export interface IHolding {
  count: number;
  cpuCores: number;
  memory: number;
  gpuCount: number;
}

export interface IQuotaUse {
  limits: IQuotaLimits;
  held: IHolding;
  queued: IHolding;
}

export interface IMember {
  name: string;
  role: IWorkspace['role'];
  createdAt: string;
  /** Null where the viewer may not know what they hold. */
  quota: IQuotaUse | null;
}

export interface IMe {
  name: string;
  operator: boolean;
  environmentId: string | null;
  /** The project last worked in. */
  lastProjectId: string | null;
  workspaces: IWorkspace[];
}

export interface IProject {
  id: string;
  name: string;
  description: string;
  tags: string[];
  defaultCommand: string | null;
  defaultSpecificationId: string | null;
  workspaceId: string;
}

export type Visibility = 'private' | 'workspace' | 'public';

/** A dataset or a model: the two behave the same (CAT-1). */
export interface IAsset {
  id: string;
  name: string;
  tags: string[];
  visibility: Visibility;
  workspaceId: string;
  owner: string;
  createdAt: string;
  latestVersion?: IVersion | null;
}

export interface IVersion {
  id: string;
  number: number;
  createdAt: string;
  files: number;
  size: number;
}

export interface IFile {
  path: string;
  size: number;
  modifiedAt?: string | null;
}

export interface IImage {
  id: string;
  name: string;
  official: boolean;
  description: string;
}

export interface IZone {
  id: string;
  name: string;
  region: string;
  available: boolean;
  gpuInventory: Record<string, number>;
}

export interface ISpecification {
  id: string;
  name: string;
  class: string;
  number: number;
  zone: string;
  cpuCores: number;
  memory: number;
  gpuType: string | null;
  gpuCount: number;
  temporaryStorage: number;
  pricePerHour: string | null;
  free: boolean;
  isDefault: boolean;
}

export interface ILogChunk {
  text: string;
  offset: number;
  next: number;
  size: number;
  ended: boolean;
}
