/** The workspaces as operators see them: all of them, their balances live. */
import { useCallback, useMemo, useState } from 'react';
import type { IAccountWorkspace, IBalance } from '../api/operating';
import { path } from '../api/request';
import type { IEvent } from '../api/events';
import { useAnswer, useEvents, useList, type IList } from '../stores/hooks';

export type Named = Pick<IAccountWorkspace, 'id' | 'name'>;

export function workspacePath(id: string, ...below: string[]): string {
  return path('workspaces', id, ...below);
}

/** Names for filters and tables. */
export function useWorkspaces(): readonly IAccountWorkspace[] {
  const { data, reload } = useAnswer<IAccountWorkspace[]>('/workspaces', { limit: 200 });
  useEvents('workspace', reload);
  return useMemo(() => data ?? [], [data]);
}

export function workspaceName(id: string, workspaces: readonly Named[]): string {
  return workspaces.find(one => one.id === id)?.name ?? id;
}

/** Balances that were told since the list was fetched, by workspace. */
export function useBalances(): Record<string, string> {
  const [told, setTold] = useState<Record<string, string>>({});
  useEvents(
    'balance',
    useCallback((event: IEvent) => {
      const balance = event.data as IBalance | undefined;
      setTold(before => (balance ? { ...before, [balance.workspaceId]: balance.balance } : {}));
    }, [])
  );
  return told;
}

/** The list with its search; a balance that changed is in its row at once. */
export function useAccounts(search: string): IList<IAccountWorkspace> {
  // Nothing is told of a row as a whole: what is new or renamed is fetched.
  const list = useList<IAccountWorkspace>({
    path: '/workspaces',
    kind: 'workspace-row',
    query: { search },
    limit: 100
  });
  useEvents('workspace', list.reload);
  const told = useBalances();
  const rows = useMemo(
    () => list.rows.map(row => ({ ...row, balance: told[row.id] ?? row.balance })),
    [list.rows, told]
  );
  return { ...list, rows };
}
