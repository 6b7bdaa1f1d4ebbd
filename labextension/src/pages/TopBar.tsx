/** The bar above every page: where one can go on the left, whose it is on the right. */
import { useCallback, useEffect } from 'react';
import type { IMe, IWorkspace } from '../api/types';
import { Button, PlaceLink } from '../components/Button';
import { Menu } from '../components/Menu';
import { useGemini, useTrans, type Place } from '../components/context';
import { cost } from '../components/quantities';
import type { Language } from '../i18n/trans';
import { useAnswer, useEvents } from '../stores/hooks';
import type { IPageConfig } from './config';
import type { Theme } from './preferences';
import type { Route } from './router';

export interface ITopBarProps {
  config: IPageConfig;
  route: Route;
  theme: Theme;
  onTheme: (theme: Theme) => void;
  language: Language;
  onLanguage: (language: Language) => void;
  onWorkspace: (id: string | null) => void;
}

export function TopBar(props: ITopBarProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <header className="gm-topbar">
      <a className="gm-skip" href="#gm-main">
        {trans.__('Skip to the content')}
      </a>
      <PlaceLink className="gm-mark" place={{ to: 'home' }}>
        <Mark />
        <span>Gemini</span>
      </PlaceLink>
      <Places route={props.route} operator={props.config.operator} />
      <span className="gm-spacer" />
      <Account onWorkspace={props.onWorkspace} />
      <Switches {...props} />
    </header>
  );
}

/** The sign of the twins, as on the hub's own pages (`gemini_hub/static/mark.svg`). */
function Mark(): React.JSX.Element {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#1976d2" />
      <path
        d="M8 7.5c4.6 2.4 11.4 2.4 16 0M8 24.5c4.6-2.4 11.4-2.4 16 0M13 9v14M19 9v14"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Places({ route, operator }: { route: Route; operator: boolean }): React.JSX.Element {
  const trans = useTrans();
  const places: { place: Place; label: string; pages: Route['page'][] }[] = [
    {
      place: { to: 'home' },
      label: trans.__('Environments'),
      pages: ['home', 'environment-new', 'environment', 'environment-edit']
    },
    {
      place: { to: 'training-jobs' },
      label: trans.__('Training'),
      pages: ['training-jobs', 'training-create', 'task']
    },
    { place: { to: 'datasets' }, label: trans.__('Data'), pages: ['assets', 'asset'] }
  ];
  const operation: typeof places = [
    {
      place: { to: 'admin', section: 'environments' },
      label: trans.__('Operations'),
      pages: ['admin', 'admin-text']
    }
  ];
  return (
    <nav aria-label={trans.__('Main')}>
      <ul className="gm-places">
        {[...places, ...(operator ? operation : [])].map(({ place, label, pages }) => (
          <li key={place.to} data-current={pages.includes(route.page) || undefined}>
            <PlaceLink place={place} current={pages.includes(route.page)}>
              {label}
            </PlaceLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Workspace and balance, live; who has several chooses the one to see. */
function Account({ onWorkspace }: Pick<ITopBarProps, 'onWorkspace'>): React.JSX.Element | null {
  const { trans, workspaceId } = useGemini();
  const me = useAnswer<IMe>('/me');
  const { reload } = me;
  useEvents(
    'balance',
    useCallback(() => reload(), [reload])
  );
  const workspaces = me.data?.workspaces;
  const chosen = workspaces?.find(one => one.id === workspaceId);
  const lost = workspaceId !== null && workspaces !== undefined && (workspaces.length < 2 || !chosen);
  useEffect(() => {
    if (lost) {
      onWorkspace(null);
    }
  }, [lost, onWorkspace]);
  const workspace = chosen ?? workspaces?.[0];
  if (!workspaces || !workspace) {
    return null;
  }
  const all = workspaces.length > 1 && !chosen;
  const balance = all ? sum(workspaces.map(one => one.balance)) : workspace.balance;
  const low = workspaces.some(one => (all || one === workspace) && Number(one.balance) <= 0);
  return (
    <div className="gm-account">
      {workspaces.length > 1 ? (
        <WorkspaceMenu workspaces={workspaces} chosen={chosen} onWorkspace={onWorkspace} />
      ) : (
        <PlaceLink
          className="gm-account-workspace"
          place={{ to: 'workspace', id: workspace.id }}
          title={trans.__('Members and quota of %1', workspace.name)}
        >
          {workspace.name}
        </PlaceLink>
      )}
      <PlaceLink
        className={low ? 'gm-balance gm-balance-low' : 'gm-balance'}
        place={{ to: 'workspace', id: workspace.id }}
        title={trans.__('Balance of the workspace')}
      >
        <span aria-hidden="true">¥</span>
        <span className="gm-hidden">{trans.__('Balance of the workspace')}</span>{' '}
        <span className="gm-number-text">{cost(balance, trans)}</span>
      </PlaceLink>
    </div>
  );
}

function WorkspaceMenu(props: {
  workspaces: readonly IWorkspace[];
  chosen: IWorkspace | undefined;
  onWorkspace: (id: string | null) => void;
}): React.JSX.Element {
  const { trans, go } = useGemini();
  const { workspaces, chosen, onWorkspace } = props;
  const all = trans.__('All workspaces');
  const mark = (is: boolean): 'check' | 'none' => (is ? 'check' : 'none');
  return (
    <Menu
      label={trans.__('Workspace: %1', chosen?.name ?? all)}
      icon="down"
      content={<span className="gm-account-workspace">{chosen?.name ?? all}</span>}
      head={trans.__('Workspace')}
      items={[
        { id: '', label: all, icon: mark(!chosen), onSelect: () => onWorkspace(null) },
        ...workspaces.map(one => ({
          id: one.id,
          label: one.name,
          icon: mark(one === chosen),
          onSelect: () => onWorkspace(one.id)
        })),
        ...workspaces
          .filter(one => !chosen || one === chosen)
          .map(one => ({
            id: `members ${one.id}`,
            label: trans.__('Members and quota of %1', one.name),
            icon: 'person' as const,
            onSelect: () => go({ to: 'workspace', id: one.id })
          }))
      ]}
    />
  );
}

/** The sum of amounts as the API writes them: whole millionths, so that nothing is rounded. */
function sum(amounts: readonly string[]): string {
  const micro = amounts.reduce((total, amount) => total + Math.round(Number(amount) * 1_000_000), 0);
  return (micro / 1_000_000).toFixed(6);
}

function Switches(props: ITopBarProps): React.JSX.Element {
  const trans = useTrans();
  const { language, theme, config } = props;
  const other: Language = language === 'en' ? 'zh-CN' : 'en';
  const dark = theme === 'dark';
  return (
    <div className="gm-switches">
      <button
        type="button"
        className="gm-button gm-button-quiet"
        lang={other}
        onClick={() => props.onLanguage(other)}
      >
        <span>{other === 'en' ? 'English' : '中文'}</span>
      </button>
      <Button
        kind="quiet"
        icon={dark ? 'sun' : 'moon'}
        label={dark ? trans.__('Light theme') : trans.__('Dark theme')}
        onClick={() => props.onTheme(dark ? 'light' : 'dark')}
      />
      <Menu
        label={trans.__('Signed in as %1', config.person)}
        icon="person"
        content={<span className="gm-person">{config.person}</span>}
        head={config.person}
        items={[
          {
            label: trans.__('Hub and tokens'),
            icon: 'server',
            onSelect: () => window.location.assign(`${config.hub}token`)
          },
          {
            label: trans.__('Sign out'),
            icon: 'external',
            onSelect: () => window.location.assign(`${config.hub}logout`)
          }
        ]}
      />
    </div>
  );
}
