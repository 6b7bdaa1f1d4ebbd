/** What the lists of everybody's environments and tasks have in common: how they are asked for, and columns. */
import { Button, PlaceLink } from '../components/Button';
import { StateBadge } from '../components/StateBadge';
import { useSettled } from '../components/clock';
import type { Place } from '../components/context';
import type { IColumn } from '../components/VirtualTable';
import type { ITrans } from '../i18n/trans';
import { useList, type IList } from '../stores/hooks';
import { fits, type IWork, type IWorkFilters } from './filters';
import { workspaceName, type Named } from './workspaces';

export interface IAdminWorkProps {
  filters: IWorkFilters;
  onFilters: (filters: IWorkFilters) => void;
}

interface IListedWork extends IWork {
  id: string;
  stateSince: string;
  reason: { code: string; message: string } | null;
}

export interface IWorkKind<T extends IListedWork> {
  path: string;
  /** The kind of its events. */
  kind: string;
  name: (one: T) => string;
  place: (one: T) => Place;
}

/** All work of a kind that the filters let through, live. */
export function useWork<T extends IListedWork>(kind: IWorkKind<T>, filters: IWorkFilters): IList<T> {
  const settled = useSettled(filters, 200);
  const { q, ...exact } = settled;
  return useList<T>({
    path: kind.path,
    kind: kind.kind,
    query: { search: q.trim(), ...exact },
    limit: 100,
    belongs: one => fits(one, kind.name(one), settled)
  });
}

/** How it is, what it is called, whose it is: the first columns. */
export function firstColumns<T extends IListedWork>(
  kind: IWorkKind<T>,
  workspaces: readonly Named[],
  trans: ITrans
): IColumn<T>[] {
  return [
    {
      name: 'state',
      label: trans.__('State'),
      width: '132px',
      cell: one => (
        <span title={one.reason?.message}>
          <StateBadge state={one.state} reason={one.reason} since={one.stateSince} />
        </span>
      )
    },
    {
      name: 'name',
      label: trans.__('Name'),
      width: 'minmax(64px, 1fr)',
      cell: one => (
        <PlaceLink className="gm-row-link" place={kind.place(one)} title={kind.name(one)}>
          {kind.name(one)}
        </PlaceLink>
      )
    },
    {
      name: 'owner',
      label: trans.__('Person'),
      width: 'minmax(64px, 0.5fr)',
      from: 352,
      cell: one => one.owner
    },
    {
      name: 'workspace',
      label: trans.__('Workspace'),
      width: 'minmax(96px, 0.7fr)',
      from: 860,
      cell: one => workspaceName(one.workspaceId, workspaces)
    }
  ];
}

/** The last column: the end of what can be stopped, after a question. */
export function stopColumn<T extends IListedWork>(
  kind: IWorkKind<T>,
  canStop: (one: T) => boolean,
  onStop: (one: T) => void,
  trans: ITrans
): IColumn<T> {
  return {
    name: 'actions',
    label: trans.__('Actions'),
    width: '40px',
    hideLabel: true,
    cell: one => (
      <span className="gm-row-actions gm-row-actions-shown">
        {canStop(one) && (
          <Button
            kind="quiet"
            icon="stopped"
            label={trans.__('Stop %1', kind.name(one))}
            onClick={() => onStop(one)}
          />
        )}
      </span>
    )
  };
}
