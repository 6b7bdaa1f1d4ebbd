/** The workspaces with their balances, live, and the way to put money in. */
import { useMemo, useState } from 'react';
import type { IAccountWorkspace } from '../api/operating';
import { Button, PlaceLink } from '../components/Button';
import { FilterLine, Search } from '../components/Filters';
import { ListTable } from '../components/ListTable';
import { When } from '../components/Pieces';
import { Empty } from '../components/Views';
import { useSettled } from '../components/clock';
import { useGemini, useTrans } from '../components/context';
import { cost } from '../components/quantities';
import type { IColumn } from '../components/VirtualTable';
import type { ITrans } from '../i18n/trans';
import { TopUp } from './TopUp';
import { useAccounts } from './workspaces';

export interface ISearchProps {
  q: string;
  onQ: (q: string) => void;
}

export function AdminWorkspaces({ q, onQ }: ISearchProps): React.JSX.Element {
  const { trans, go } = useGemini();
  const list = useAccounts(useSettled(q.trim(), 200));
  const [chosen, setChosen] = useState<string | null>(null);
  const columns = useMemo(() => columnsOf(trans, setChosen), [trans]);
  const topped = list.rows.find(row => row.id === chosen);
  return (
    <div className="gm-list">
      <FilterLine
        count={list.state === 'ready' ? trans._n('%1 workspace', '%1 workspaces', list.total) : null}
      >
        <Search label={trans.__('Search by name')} value={q} onChange={onQ} />
      </FilterLine>
      <ListTable
        label={trans.__('Workspaces')}
        list={list}
        columns={columns}
        empty={
          <Empty
            icon="search"
            title={q ? trans.__('Nothing matches the filters.') : trans.__('There is no workspace yet.')}
          />
        }
      />
      {topped && (
        <TopUp
          workspace={topped}
          onClose={() => setChosen(null)}
          onDone={posting => go({ to: 'admin-workspace', id: topped.id, posting: posting.id })}
        />
      )}
    </div>
  );
}

function columnsOf(trans: ITrans, onTopUp: (id: string) => void): IColumn<IAccountWorkspace>[] {
  return [
    {
      name: 'name',
      label: trans.__('Name'),
      width: 'minmax(96px, 1fr)',
      cell: one => (
        <PlaceLink className="gm-row-link" place={{ to: 'admin-workspace', id: one.id }} title={one.name}>
          {one.name}
        </PlaceLink>
      )
    },
    {
      name: 'created',
      label: trans.__('Created'),
      width: '128px',
      from: 760,
      cell: one => <When at={one.createdAt} />
    },
    {
      name: 'members',
      label: trans.__('Members'),
      width: '88px',
      from: 640,
      end: true,
      cell: one => <span className="gm-number-text">{one.members}</span>
    },
    {
      name: 'balance',
      label: trans.__('Balance'),
      width: 'minmax(112px, 0.4fr)',
      end: true,
      cell: one => <Balance amount={one.balance} />
    },
    {
      name: 'actions',
      label: trans.__('Actions'),
      width: 'minmax(96px, auto)',
      from: 344,
      hideLabel: true,
      cell: one => (
        <span className="gm-row-actions gm-row-actions-shown">
          <Button icon="coin" title={trans.__('Top up %1', one.name)} onClick={() => onTopUp(one.id)}>
            {trans.__('Top up')}
          </Button>
        </span>
      )
    }
  ];
}

/** What a workspace has; nothing left is told by a word as well. */
export function Balance({ amount }: { amount: string }): React.JSX.Element {
  const trans = useTrans();
  const empty = Number(amount) <= 0;
  return (
    <span className={`gm-number-text${empty ? ' gm-balance-low' : ''}`}>
      {cost(amount, trans)}
      {empty && ` · ${trans.__('in arrears')}`}
    </span>
  );
}
