/** Who is in a workspace, what each holds against their limits, and for its owners the way to set them (RES-5). */
import { useState } from 'react';
import type { IMember } from '../api/types';
import { path } from '../api/request';
import { roleWord } from '../admin/roles';
import { Block } from '../components/Block';
import { Button } from '../components/Button';
import { Badge } from '../components/Pieces';
import { Problem, Skeleton } from '../components/Views';
import { useTrans } from '../components/context';
import { useCalmly } from '../stores/calmly';
import { usePages } from '../stores/hooks';
import { CALM, CHANGES } from './quota';
import { LimitsDialog } from './LimitsDialog';
import { UsageBars } from './UsageBars';

export interface IMembersProps {
  workspaceId: string;
  /** Whether the viewer may set a member's limits. */
  sets: boolean;
}

export function Members({ workspaceId, sets }: IMembersProps): React.JSX.Element {
  const trans = useTrans();
  const members = usePages<IMember>(path('workspaces', workspaceId, 'members'));
  const [chosen, setChosen] = useState<string | null>(null);
  const { reload } = members;
  useCalmly(CHANGES, reload, CALM);
  const editing = members.data?.find(one => one.name === chosen);
  return (
    <Block title={trans.__('Members')}>
      {members.error && <Problem error={members.error} onRetry={reload} />}
      {!members.data && !members.error && <Skeleton rows={4} />}
      <ul className="gm-members">
        {(members.data ?? []).map(one => (
          <Member key={one.name} member={one} onEdit={sets ? () => setChosen(one.name) : undefined} />
        ))}
      </ul>
      {members.more && <Button onClick={members.more}>{trans.__('Show more')}</Button>}
      {editing?.quota && (
        <LimitsDialog
          holder={{ workspaceId, person: editing.name }}
          name={editing.name}
          use={editing.quota}
          onClose={() => setChosen(null)}
          onDone={() => {
            setChosen(null);
            reload();
          }}
        />
      )}
    </Block>
  );
}

function Member({ member, onEdit }: { member: IMember; onEdit?: () => void }): React.JSX.Element {
  const trans = useTrans();
  return (
    <li className="gm-member" data-person={member.name}>
      <div className="gm-member-who">
        <strong>{member.name}</strong> <Badge>{roleWord(member.role, trans)}</Badge>
      </div>
      {member.quota && <UsageBars use={member.quota} />}
      {member.quota && onEdit && (
        <Button icon="edit" title={trans.__('Set the limits of %1', member.name)} onClick={onEdit}>
          {trans.__('Set limits')}
        </Button>
      )}
    </li>
  );
}
