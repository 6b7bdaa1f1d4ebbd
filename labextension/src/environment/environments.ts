/** Development environments: what can be done with one, and how. */
import { path } from '../api/request';
import type { AnyState, IEnvironment } from '../api/types';
import { useGemini } from '../components/context';
import { useList, type IList } from '../stores/hooks';

const IDLE: ReadonlySet<AnyState> = new Set(['stopped', 'failed']);

/** Whether it holds nothing and can be started. */
export function isIdle(environment: IEnvironment): boolean {
  return IDLE.has(environment.state);
}

/** Whether it waits or starts, and nobody has taken that back. */
export function isOnItsWay(environment: IEnvironment): boolean {
  return (
    (environment.state === 'queued' || environment.state === 'starting') && environment.target === 'running'
  );
}

export function environmentPath(id: string, ...below: string[]): string {
  return path('dev-environments', id, ...below);
}

/** The environments of `owner`, or of all whose environments one may see. */
export function useEnvironments(owner: string | null): IList<IEnvironment> {
  const { workspaceId } = useGemini();
  return useList<IEnvironment>({
    path: '/dev-environments',
    kind: 'dev-environment',
    query: { workspaceId, owner },
    limit: 200,
    belongs: one =>
      (workspaceId === null || one.workspaceId === workspaceId) && (owner === null || one.owner === owner)
  });
}
