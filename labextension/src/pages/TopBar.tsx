/** The bar above every page: where one can go on the left, whose it is on the right. */
import { useCallback } from 'react';
import type { IMe } from '../api/types';
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
      <Places route={props.route} />
      <span className="gm-spacer" />
      <Account />
      <Switches {...props} />
    </header>
  );
}

/** Two circles that overlap: the twins. */
function Mark(): React.JSX.Element {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" fill="none" strokeWidth="2">
      <circle cx="9" cy="12" r="6" stroke="var(--jp-brand-color1)" />
      <circle cx="15" cy="12" r="6" stroke="var(--jp-ui-font-color1)" />
    </svg>
  );
}

function Places({ route }: { route: Route }): React.JSX.Element {
  const trans = useTrans();
  const places: { place: Place; label: string; pages: Route['page'][] }[] = [
    { place: { to: 'home' }, label: trans.__('Environments'), pages: ['home', 'environment-new'] },
    {
      place: { to: 'training-jobs' },
      label: trans.__('Training'),
      pages: ['training-jobs', 'training-create', 'task']
    },
    { place: { to: 'datasets' }, label: trans.__('Data'), pages: ['assets', 'asset'] }
  ];
  return (
    <nav aria-label={trans.__('Main')}>
      <ul className="gm-places">
        {places.map(({ place, label, pages }) => (
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

/** Workspace and balance, live. */
function Account(): React.JSX.Element | null {
  const { trans } = useGemini();
  const me = useAnswer<IMe>('/me');
  const { reload } = me;
  useEvents(
    'balance',
    useCallback(() => reload(), [reload])
  );
  const workspace = me.data?.workspaces[0];
  if (!workspace) {
    return null;
  }
  const low = Number(workspace.balance) <= 0;
  return (
    <div className="gm-account">
      <span className="gm-account-workspace" title={trans.__('Workspace')}>
        {workspace.name}
      </span>
      <span
        className={low ? 'gm-balance gm-balance-low' : 'gm-balance'}
        title={trans.__('Balance of the workspace')}
      >
        <span aria-hidden="true">¥</span>
        <span className="gm-hidden">{trans.__('Balance of the workspace')}</span>{' '}
        <span className="gm-number-text">{cost(workspace.balance, trans)}</span>
      </span>
    </div>
  );
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
