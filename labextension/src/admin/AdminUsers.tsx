/** Whom the hub knows: roles, workspaces, what they run, when they were last there. */
import { useMemo } from 'react';
import type { IUser } from '../api/operating';
import { PlaceLink } from '../components/Button';
import { FilterLine, Search } from '../components/Filters';
import { ListTable } from '../components/ListTable';
import { Badge, When } from '../components/Pieces';
import { Empty } from '../components/Views';
import { useSettled } from '../components/clock';
import { useTrans } from '../components/context';
import type { IColumn } from '../components/VirtualTable';
import { roleWord } from './roles';
import type { ITrans } from '../i18n/trans';
import { useCalmly } from '../stores/calmly';
import { useList } from '../stores/hooks';
import type { ISearchProps } from './AdminWorkspaces';

/** Counts follow what changes, but not each change of many at once. */
const CALM = 1000;

export function AdminUsers({ q, onQ }: ISearchProps): React.JSX.Element {
  const trans = useTrans();
  const list = useList<IUser>({
    path: '/users',
    kind: 'user',
    query: { search: useSettled(q.trim(), 300) },
    limit: 100
  });
  useCalmly(['dev-environment', 'training-task', 'workspace'], list.reload, CALM);
  const columns = useMemo(() => columnsOf(trans), [trans]);
  return (
    <div className="gm-list">
      <FilterLine count={list.state === 'ready' ? trans._n('%1 person', '%1 people', list.total) : null}>
        <Search label={trans.__('Search by name')} value={q} onChange={onQ} />
      </FilterLine>
      <ListTable
        label={trans.__('People')}
        list={list}
        columns={columns}
        empty={<Empty icon="person" title={trans.__('Nobody of that name is known.')} />}
      />
    </div>
  );
}

function columnsOf(trans: ITrans): IColumn<IUser>[] {
  return [
    {
      name: 'name',
      label: trans.__('Name'),
      width: 'minmax(72px, 0.6fr)',
      cell: user => (
        <PlaceLink
          className="gm-row-link"
          place={{ to: 'admin', section: 'environments', filters: { owner: user.name } }}
          title={trans.__('Environments of %1', user.name)}
        >
          {user.name}
        </PlaceLink>
      )
    },
    {
      name: 'roles',
      label: trans.__('Roles'),
      width: 'minmax(96px, 0.6fr)',
      from: 520,
      cell: user => (
        <>
          {user.operator && <Badge tone="accent">{trans.__('Operator')}</Badge>}{' '}
          {user.admin && <Badge>{trans.__('Admin of the hub')}</Badge>}
        </>
      )
    },
    {
      name: 'workspaces',
      label: trans.__('Workspaces'),
      width: 'minmax(88px, 1fr)',
      cell: user => <Workspaces user={user} />
    },
    {
      name: 'activity',
      label: trans.__('Last seen'),
      width: '120px',
      from: 320,
      cell: user => (user.lastActivity ? <When at={user.lastActivity} /> : <>–</>)
    },
    {
      name: 'environments',
      label: trans.__('Environments'),
      width: '104px',
      from: 760,
      end: true,
      cell: user => <span className="gm-number-text">{user.environments || '–'}</span>
    },
    {
      name: 'tasks',
      label: trans.__('Training tasks'),
      width: '104px',
      from: 860,
      end: true,
      cell: user => <span className="gm-number-text">{user.tasks || '–'}</span>
    }
  ];
}

function Workspaces({ user }: { user: IUser }): React.JSX.Element {
  const trans = useTrans();
  const text = user.workspaces
    .map(one => trans.__('%1 (%2)', one.name, roleWord(one.role, trans)))
    .join(', ');
  return <span title={text}>{text || '–'}</span>;
}
