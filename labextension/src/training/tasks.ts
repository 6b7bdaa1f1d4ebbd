/** Training tasks as lists show them: which are over, what is asked of them, what they are called. */
import { path } from '../api/request';
import type { AnyState, ITask, LaunchMode, Priority, TaskState } from '../api/types';
import type { ITrans } from '../i18n/trans';

export const TASK_STATES: readonly TaskState[] = [
  'queued',
  'allocating',
  'starting',
  'running',
  'succeeded',
  'failed',
  'stopping',
  'stopped'
];

const ENDED: ReadonlySet<AnyState> = new Set(['succeeded', 'failed', 'stopped']);

export function isOver(task: ITask): boolean {
  return ENDED.has(task.state);
}

export function canStop(task: ITask): boolean {
  return !isOver(task) && task.state !== 'stopping';
}

export function taskPath(id: string, ...below: string[]): string {
  return path('training-tasks', id, ...below);
}

export interface ITaskFilters {
  q: string;
  state: string;
  launchMode: string;
}

export const NO_FILTERS: ITaskFilters = { q: '', state: '', launchMode: '' };

/** Whether a task that changed still belongs to a filtered list; the server searches names alone. */
export function matches(task: ITask, filters: ITaskFilters): boolean {
  return (
    task.taskName.toLowerCase().includes(filters.q.trim().toLowerCase()) &&
    (filters.state === '' || filters.state === task.state) &&
    (filters.launchMode === '' || filters.launchMode === task.launchMode)
  );
}

export const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high'];

export function priorityWord(priority: Priority, trans: ITrans): string {
  const words = { low: trans.__('Low'), normal: trans.__('Normal'), high: trans.__('High') };
  return words[priority];
}

export function modeWord(mode: LaunchMode, trans: ITrans): string {
  return mode === 'existing' ? trans.__('Existing environment') : trans.__('Dynamic');
}
