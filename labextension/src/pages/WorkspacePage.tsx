/** One workspace as its members see it: balance, quota, who is in it. */
import type { IWorkspace } from '../api/types';
import { path } from '../api/request';
import { roleWord } from '../admin/roles';
import { Pairs } from '../components/Pieces';
import { Problem, Skeleton } from '../components/Views';
import { useTrans } from '../components/context';
import { cost } from '../components/quantities';
import { Members } from '../quota/Members';
import { WorkspaceQuota } from '../quota/WorkspaceQuota';
import { useAnswer, useEvents } from '../stores/hooks';
import { PageHead } from './PageHead';
import { useTitle } from './title';

type Seen = Omit<IWorkspace, 'role'> & { role: IWorkspace['role'] | null };

export function WorkspacePage({ id, operator }: { id: string; operator: boolean }): React.JSX.Element {
  const trans = useTrans();
  const found = useAnswer<Seen>(path('workspaces', id));
  useEvents('balance', found.reload);
  useTitle(found.data?.name ?? trans.__('Workspace'));
  if (!found.data) {
    return found.error ? <Problem error={found.error} onRetry={found.reload} /> : <Skeleton rows={6} />;
  }
  const { name, role, balance } = found.data;
  return (
    <div className="gm-workspace-page">
      <PageHead title={name} subtitle={trans.__('What this workspace and its members may use at once')} />
      <Pairs
        pairs={[
          [trans.__('Balance'), cost(balance, trans)],
          role ? [trans.__('Your role'), roleWord(role, trans)] : null
        ]}
      />
      <WorkspaceQuota workspaceId={id} name={name} sets={operator} />
      <Members workspaceId={id} sets={operator || role === 'owner'} />
    </div>
  );
}
