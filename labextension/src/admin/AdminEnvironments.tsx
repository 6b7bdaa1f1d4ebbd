/** The environments of all, live, with their end. */
import { useMemo, useState } from 'react';
import type { EnvironmentState, IEnvironment } from '../api/types';
import { Elapsed } from '../components/Pieces';
import { useTrans } from '../components/context';
import { useCostNow } from '../components/money';
import { cards, cores, cost, gigabytes, pricePerHour } from '../components/quantities';
import type { IColumn } from '../components/VirtualTable';
import { isIdle } from '../environment/environments';
import type { ITrans } from '../i18n/trans';
import { StopEnvironment } from './StopEnvironment';
import { firstColumns, stopColumn, useWork, type IAdminWorkProps, type IWorkKind } from './work';
import { useWorkspaces, type Named } from './workspaces';
import { WorkList } from './WorkList';

const STATES: readonly EnvironmentState[] = [
  'queued',
  'starting',
  'running',
  'stopping',
  'stopped',
  'failed'
];

const ENVIRONMENTS: IWorkKind<IEnvironment> = {
  path: '/dev-environments',
  kind: 'dev-environment',
  name: one => one.name,
  place: one => ({ to: 'environment', id: one.id })
};

export function AdminEnvironments({ filters, onFilters }: IAdminWorkProps): React.JSX.Element {
  const trans = useTrans();
  const workspaces = useWorkspaces();
  const list = useWork(ENVIRONMENTS, filters);
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
    ...firstColumns(ENVIRONMENTS, workspaces, trans),
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
    stopColumn(ENVIRONMENTS, canStop, onStop, trans)
  ];
}

function canStop(environment: IEnvironment): boolean {
  return !isIdle(environment) && environment.state !== 'stopping';
}

function EnvironmentCost({ environment }: { environment: IEnvironment }): React.JSX.Element {
  const trans = useTrans();
  const amount = useCostNow(environment);
  return <span className="gm-number-text">{cost(amount, trans)}</span>;
}
