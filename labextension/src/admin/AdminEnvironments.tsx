/** The environments of all, live, with their end. */
import { useMemo, useState } from 'react';
import type { EnvironmentState, IEnvironment } from '../api/types';
import { Button, PlaceLink } from '../components/Button';
import { Elapsed } from '../components/Pieces';
import { StateBadge } from '../components/StateBadge';
import { useSettled } from '../components/clock';
import { useTrans } from '../components/context';
import { useCostNow } from '../components/money';
import { cards, cores, cost, gigabytes, pricePerHour } from '../components/quantities';
import type { IColumn } from '../components/VirtualTable';
import { isCharged, isIdle } from '../environment/environments';
import type { ITrans } from '../i18n/trans';
import { useList } from '../stores/hooks';
import { fits, type IWorkFilters } from './filters';
import { StopEnvironment } from './StopEnvironment';
import { useWorkspaces, workspaceName, type Named } from './workspaces';
import { WorkList } from './WorkList';

const STATES: readonly EnvironmentState[] = [
  'queued',
  'starting',
  'running',
  'stopping',
  'stopped',
  'failed'
];

export interface IAdminWorkProps {
  filters: IWorkFilters;
  onFilters: (filters: IWorkFilters) => void;
}

export function AdminEnvironments({ filters, onFilters }: IAdminWorkProps): React.JSX.Element {
  const trans = useTrans();
  const settled = useSettled(filters, 200);
  const workspaces = useWorkspaces();
  const { q, ...exact } = settled;
  const list = useList<IEnvironment>({
    path: '/dev-environments',
    kind: 'dev-environment',
    query: { search: q.trim(), ...exact },
    limit: 100,
    belongs: environment => fits(environment, environment.name, settled)
  });
  const [stopping, setStopping] = useState<IEnvironment | null>(null);
  const columns = useMemo(() => columnsOf(trans, workspaces, setStopping), [trans, workspaces]);
  return (
    <WorkList
      label={trans.__('Environments')}
      icon="server"
      none={trans.__('Nobody has an environment yet.')}
      list={list}
      columns={columns}
      states={STATES}
      workspaces={workspaces}
      filters={filters}
      onFilters={onFilters}
      count={total => trans._n('%1 environment', '%1 environments', total)}
    >
      {stopping && <StopEnvironment environment={stopping} onClose={() => setStopping(null)} />}
    </WorkList>
  );
}

function columnsOf(
  trans: ITrans,
  workspaces: readonly Named[],
  onStop: (environment: IEnvironment) => void
): IColumn<IEnvironment>[] {
  return [
    {
      name: 'state',
      label: trans.__('State'),
      width: '116px',
      cell: one => (
        <span title={one.reason?.message}>
          <StateBadge state={one.state} since={one.stateSince} />
        </span>
      )
    },
    {
      name: 'name',
      label: trans.__('Name'),
      width: 'minmax(96px, 1fr)',
      cell: one => (
        <PlaceLink className="gm-row-link" place={{ to: 'environment', id: one.id }} title={one.name}>
          {one.name}
        </PlaceLink>
      )
    },
    { name: 'owner', label: trans.__('Person'), width: 'minmax(64px, 0.5fr)', cell: one => one.owner },
    {
      name: 'workspace',
      label: trans.__('Workspace'),
      width: 'minmax(96px, 0.7fr)',
      from: 860,
      cell: one => workspaceName(one.workspaceId, workspaces)
    },
    {
      name: 'resources',
      label: trans.__('Resources'),
      width: 'minmax(160px, 0.9fr)',
      from: 1000,
      cell: one =>
        `${cards(one.gpuType, one.gpuCount, trans)} · ${cores(one.cpuCores, trans)} · ${gigabytes(one.memory)}`
    },
    {
      name: 'uptime',
      label: trans.__('Runs for'),
      width: '104px',
      from: 640,
      cell: one => (one.startedAt && !isIdle(one) ? <Elapsed start={one.startedAt} end={null} /> : <>–</>)
    },
    {
      name: 'price',
      label: trans.__('Price'),
      width: '128px',
      from: 1120,
      end: true,
      cell: one => <span className="gm-number-text">{pricePerHour(one.pricePerHour, trans)}</span>
    },
    {
      name: 'cost',
      label: trans.__('Cost'),
      width: '112px',
      from: 520,
      end: true,
      cell: one => <EnvironmentCost environment={one} />
    },
    {
      name: 'actions',
      label: trans.__('Actions'),
      width: '40px',
      hideLabel: true,
      cell: one => <StopButton name={one.name} shown={canStop(one)} onStop={() => onStop(one)} />
    }
  ];
}

function canStop(environment: IEnvironment): boolean {
  return !isIdle(environment) && environment.state !== 'stopping';
}

function EnvironmentCost({ environment }: { environment: IEnvironment }): React.JSX.Element {
  const trans = useTrans();
  const amount = useCostNow(environment.cost, environment.pricePerHour, isCharged(environment));
  return <span className="gm-number-text">{cost(amount, trans)}</span>;
}

/** Ends a row's work, after a question. */
export function StopButton(props: { name: string; shown: boolean; onStop: () => void }): React.JSX.Element {
  const trans = useTrans();
  return (
    <span className="gm-row-actions gm-row-actions-shown">
      {props.shown && (
        <Button kind="quiet" icon="stopped" label={trans.__('Stop %1', props.name)} onClick={props.onStop} />
      )}
    </span>
  );
}
