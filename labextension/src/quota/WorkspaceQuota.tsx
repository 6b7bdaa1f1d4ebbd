/** The limits of a workspace with what is held against them, live; operators change them. */
import { useCallback, useState } from 'react';
import type { IQuotaUse } from '../api/types';
import { Block } from '../components/Block';
import { Button } from '../components/Button';
import { Problem, Skeleton } from '../components/Views';
import { useTrans } from '../components/context';
import { useCalmly } from '../stores/calmly';
import { useAnswer } from '../stores/hooks';
import { LimitsDialog } from './LimitsDialog';
import { CALM, CHANGES, holderPath } from './quota';
import { UsageBars } from './UsageBars';

export interface IWorkspaceQuotaProps {
  workspaceId: string;
  name: string;
  /** Whether the viewer may set them. */
  sets: boolean;
}

export function WorkspaceQuota({ workspaceId, name, sets }: IWorkspaceQuotaProps): React.JSX.Element {
  const trans = useTrans();
  const found = useAnswer<IQuotaUse>(holderPath({ workspaceId }, 'usage'));
  const [editing, setEditing] = useState(false);
  const { reload } = found;
  useCalmly(CHANGES, reload, CALM);
  const close = useCallback(() => setEditing(false), []);
  return (
    <Block
      title={trans.__('Quota of the workspace')}
      beside={
        sets && found.data ? (
          <Button icon="edit" onClick={() => setEditing(true)}>
            {trans.__('Set limits')}
          </Button>
        ) : undefined
      }
    >
      {found.data && <UsageBars use={found.data} />}
      {!found.data &&
        (found.error ? <Problem error={found.error} onRetry={reload} /> : <Skeleton rows={3} />)}
      {editing && found.data && (
        <LimitsDialog
          holder={{ workspaceId }}
          name={name}
          use={found.data}
          onClose={close}
          onDone={() => {
            close();
            reload();
          }}
        />
      )}
    </Block>
  );
}
