/** One workspace to an operator: its balance and its quota, live, its members, and the lines of its ledger, each with both its sides. */
import { useState } from 'react';
import type { IAccountWorkspace, IPosting, ITransaction } from '../api/operating';
import { Button, PlaceLink } from '../components/Button';
import { Pairs, When } from '../components/Pieces';
import { Empty, Problem, Skeleton } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { exactTime } from '../components/times';
import type { ITrans } from '../i18n/trans';
import { Members } from '../quota/Members';
import { WorkspaceQuota } from '../quota/WorkspaceQuota';
import { useAnswer, useEvents, usePages } from '../stores/hooks';
import { Balance } from './AdminWorkspaces';
import { points } from './points';
import { TopUp } from './TopUp';
import { useBalances, workspacePath } from './workspaces';

export interface IWorkspaceAccountProps {
  id: string;
  /** The posting that is open, kept by the caller. */
  posting: string;
  onPosting: (id: string) => void;
}

export function WorkspaceAccount({ id, posting, onPosting }: IWorkspaceAccountProps): React.JSX.Element {
  const trans = useTrans();
  const found = useAnswer<IAccountWorkspace>(workspacePath(id));
  const balance = useBalances()[id];
  const [topping, setTopping] = useState(false);
  if (!found.data) {
    return found.error ? <Problem error={found.error} onRetry={found.reload} /> : <Skeleton rows={6} />;
  }
  const workspace = { ...found.data, balance: balance ?? found.data.balance };
  return (
    <div className="gm-account-page">
      <div className="gm-page-head">
        <PlaceLink className="gm-back" icon="back" place={{ to: 'admin', section: 'workspaces' }}>
          {trans.__('Workspaces')}
        </PlaceLink>
        <div className="gm-page-title">
          <h2>{workspace.name}</h2>
        </div>
        <Button kind="primary" icon="coin" onClick={() => setTopping(true)}>
          {trans.__('Top up')}
        </Button>
      </div>
      <Pairs
        pairs={[
          [trans.__('Balance'), <Balance key="balance" amount={workspace.balance} />],
          [trans.__('Members'), workspace.members],
          [trans.__('Work'), <WorkLinks key="work" workspaceId={id} />]
        ]}
      />
      <WorkspaceQuota workspaceId={id} name={workspace.name} sets />
      <Members workspaceId={id} sets />
      <Lines workspace={workspace} open={posting} onOpen={onPosting} />
      {topping && (
        <TopUp
          workspace={workspace}
          onClose={() => setTopping(false)}
          onDone={made => {
            setTopping(false);
            onPosting(made.id);
          }}
        />
      )}
    </div>
  );
}

function WorkLinks({ workspaceId }: { workspaceId: string }): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      <PlaceLink place={{ to: 'admin', section: 'environments', filters: { workspaceId } }}>
        {trans.__('Environments')}
      </PlaceLink>
      {' · '}
      <PlaceLink place={{ to: 'admin', section: 'tasks', filters: { workspaceId } }}>
        {trans.__('Training tasks')}
      </PlaceLink>
    </>
  );
}

interface ILinesProps {
  workspace: IAccountWorkspace;
  open: string;
  onOpen: (id: string) => void;
}

/** Newest first; what is posted meanwhile comes in by itself. */
function Lines({ workspace, open, onOpen }: ILinesProps): React.JSX.Element {
  const trans = useTrans();
  const lines = usePages<IPosting>(workspacePath(workspace.id, 'postings'));
  useEvents('balance', lines.reload);
  return (
    <section className="gm-ledger" aria-label={trans.__('Ledger')}>
      <h3>{trans.__('Ledger')}</h3>
      {lines.error && <Problem error={lines.error} onRetry={lines.reload} />}
      {!lines.data && !lines.error && <Skeleton rows={6} />}
      {lines.data?.length === 0 && <Empty icon="coin" title={trans.__('Nothing was posted yet.')} />}
      {(lines.data ?? []).map(line => (
        <Line
          key={line.id}
          line={line}
          workspace={workspace}
          open={line.id === open}
          onOpen={shown => onOpen(shown ? line.id : '')}
        />
      ))}
      {lines.more && <Button onClick={lines.more}>{trans.__('Show more')}</Button>}
    </section>
  );
}

interface ILineProps {
  line: IPosting;
  workspace: IAccountWorkspace;
  open: boolean;
  onOpen: (open: boolean) => void;
}

function Line({ line, workspace, open, onOpen }: ILineProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <details
      className="gm-ledger-line"
      data-id={line.id}
      open={open}
      onToggle={event => {
        if (event.currentTarget.open !== open) {
          onOpen(event.currentTarget.open);
        }
      }}
    >
      <summary>
        <When at={line.createdAt} />
        <span className="gm-ledger-what">
          {kindWord(line.kind, trans)}
          {line.note && <span className="gm-quiet"> · {line.note}</span>}
        </span>
        <span className="gm-quiet">{line.person}</span>
        <span className="gm-number-text gm-end">{signed(line.amount, trans)}</span>
      </summary>
      {open && <Sides line={line} workspace={workspace} />}
    </details>
  );
}

/** Both sides of a posting: they sum to nothing. */
function Sides({ line, workspace }: Pick<ILineProps, 'line' | 'workspace'>): React.JSX.Element {
  const { trans, language } = useGemini();
  const found = useAnswer<ITransaction>(workspacePath(workspace.id, 'postings', line.id));
  return (
    <div className="gm-ledger-sides" aria-busy={!found.data && !found.error}>
      {found.error && <Problem error={found.error} onRetry={found.reload} />}
      {found.data && (
        <Pairs
          pairs={[
            ...found.data.entries.map(
              entry => [accountWord(entry.account, workspace, trans), signed(entry.amount, trans)] as const
            ),
            [trans.__('Posted'), exactTime(line.createdAt, language)],
            [trans.__('Posting'), <code key="id">{line.id}</code>],
            line.minutes > 0 ? [trans.__('Minutes'), line.minutes] : null,
            line.holderId ? [trans.__('For'), <code key="holder">{line.holderId}</code>] : null
          ]}
        />
      )}
    </div>
  );
}

function kindWord(kind: string, trans: ITrans): string {
  const words: Record<string, string> = {
    credit: trans.__('Top-up'),
    environment: trans.__('Environment'),
    training: trans.__('Training')
  };
  return words[kind] ?? kind;
}

function accountWord(account: string, workspace: IAccountWorkspace, trans: ITrans): string {
  const words: Record<string, string> = {
    [workspace.id]: workspace.name,
    'platform:funding': trans.__('Paid in from outside'),
    'platform:revenue': trans.__('Income of the platform')
  };
  return words[account] ?? account;
}

/** With its sign, so that what comes and what goes is plain without colour. */
function signed(amount: string, trans: ITrans): string {
  const text = points(amount.replace('-', ''), trans);
  return `${amount.startsWith('-') ? '−' : '+'}${text}`;
}
