/** What operators see of the whole platform; for all others a plain word that it is not for them. */
import { useCallback } from 'react';
import { AdminEnvironments } from '../admin/AdminEnvironments';
import { AdminHealth } from '../admin/AdminHealth';
import { AdminTasks } from '../admin/AdminTasks';
import { AdminUsers } from '../admin/AdminUsers';
import { AdminWorkspaces } from '../admin/AdminWorkspaces';
import type { IWorkFilters } from '../admin/filters';
import { SECTIONS, sectionWord } from '../admin/sections';
import { WorkspaceAccount } from '../admin/WorkspaceAccount';
import { PlaceLink } from '../components/Button';
import { Empty } from '../components/Views';
import { useTrans, type AdminSection } from '../components/context';
import { PageHead } from './PageHead';
import { navigate, useQuery } from './router';
import { useTitle } from './title';

export interface IAdminPageProps {
  operator: boolean;
  section: AdminSection;
  /** The workspace whose account is open. */
  workspaceId?: string;
}

export function AdminPage(props: IAdminPageProps): React.JSX.Element {
  const trans = useTrans();
  const { section } = props;
  useTitle(`${sectionWord(section, trans)} · ${trans.__('Operations')}`);
  if (!props.operator) {
    return <NotForYou />;
  }
  return (
    <>
      <PageHead title={trans.__('Operations')} />
      <nav className="gm-tablist gm-sections" aria-label={trans.__('Sections of operation')}>
        {SECTIONS.map(one => (
          <PlaceLink
            key={one}
            className="gm-tabs-tab"
            place={{ to: 'admin', section: one }}
            current={one === section}
          >
            {sectionWord(one, trans)}
          </PlaceLink>
        ))}
      </nav>
      <Section {...props} />
    </>
  );
}

function Section({ section, workspaceId }: IAdminPageProps): React.JSX.Element {
  const work = useWorkFilters();
  const [q, setQ] = useQuery('q');
  const [posting, setPosting] = useQuery('posting');
  switch (section) {
    case 'environments':
      return <AdminEnvironments {...work} />;
    case 'tasks':
      return <AdminTasks {...work} />;
    case 'workspaces':
      return workspaceId ? (
        <WorkspaceAccount id={workspaceId} posting={posting} onPosting={setPosting} />
      ) : (
        <AdminWorkspaces q={q} onQ={setQ} />
      );
    case 'users':
      return <AdminUsers q={q} onQ={setQ} />;
    case 'health':
      return <AdminHealth />;
  }
}

/** The filters of everybody's work live in the address. */
function useWorkFilters(): { filters: IWorkFilters; onFilters: (filters: IWorkFilters) => void } {
  const [q] = useQuery('q');
  const [state] = useQuery('state');
  const [owner] = useQuery('owner');
  const [workspaceId] = useQuery('workspaceId');
  const onFilters = useCallback((filters: IWorkFilters) => {
    const address = new URL(window.location.href);
    for (const [key, value] of Object.entries(filters) as [string, string][]) {
      if (value) {
        address.searchParams.set(key, value);
      } else {
        address.searchParams.delete(key);
      }
    }
    navigate(address.href, true);
  }, []);
  return { filters: { q, state, owner, workspaceId }, onFilters };
}

function NotForYou(): React.JSX.Element {
  const trans = useTrans();
  return (
    <Empty icon="person" title={trans.__('This page is for the operators of the platform.')}>
      <p>{trans.__('Your own environments, tasks and balance are on the other pages.')}</p>
      <PlaceLink kind="primary" place={{ to: 'home' }}>
        {trans.__('Environments')}
      </PlaceLink>
    </Empty>
  );
}
