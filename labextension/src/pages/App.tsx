/** Puts together what components ask of a page: API, events, language, addresses, toasts. */
import { useEffect, useMemo, useRef, useState } from 'react';
import messages from '../../locale/zh_CN.json';
import { EventStream } from '../api/events';
import { PageApi, PageTransport } from '../api/page';
import { GeminiProvider, type IGemini } from '../components/context';
import { Toasts, useToasts } from '../components/Toasts';
import { makeTrans } from '../i18n/trans';
import type { IPageConfig } from './config';
import { PageView } from './PageView';
import { spokenLanguage, useLanguage, useTheme, useWorkspace } from './preferences';
import { addressOf, navigate, routeOf, useAddress } from './router';
import { TopBar } from './TopBar';
import { UploadsProvider } from './uploads';

const ENGLISH = makeTrans({});
const CHINESE = makeTrans(messages);

function makeApi(base: string): { api: PageApi; events: EventStream } {
  const api = new PageApi(new PageTransport(`${base}api/v1`, spokenLanguage));
  return { api, events: new EventStream(api) };
}

/** After a change of page the focus is on its content, not on a link that is gone. */
function useMainFocus(pathname: string): React.RefObject<HTMLElement> {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current !== pathname) {
      shown.current = pathname;
      main.current?.focus({ preventScroll: true });
    }
  }, [pathname]);
  return main;
}

export function App({ config }: { config: IPageConfig }): React.JSX.Element {
  const [language, setLanguage] = useLanguage(config.hub);
  const [theme, setTheme] = useTheme();
  const [workspaceId, setWorkspace] = useWorkspace();
  const [{ api, events }] = useState(() => makeApi(config.base));
  const { toasts, notify, drop } = useToasts();
  const address = useAddress();
  const route = routeOf(address.pathname.slice(config.base.length), address.searchParams);
  const main = useMainFocus(address.pathname);
  const value = useMemo<IGemini>(
    () => ({
      api,
      events,
      trans: language === 'zh-CN' ? CHINESE : ENGLISH,
      language,
      ownEnvironmentId: null,
      workspaceId,
      go: place => {
        navigate(addressOf(config.base, place));
        window.scrollTo(0, 0);
      },
      href: place => addressOf(config.base, place),
      notify
    }),
    [api, events, language, workspaceId, config.base, notify]
  );
  return (
    <GeminiProvider value={value}>
      <UploadsProvider api={api}>
        <div className="gm-page" data-page={route.page}>
          <TopBar
            config={config}
            route={route}
            theme={theme}
            onTheme={setTheme}
            onWorkspace={setWorkspace}
            language={language}
            onLanguage={chosen => {
              setLanguage(chosen);
              // What the server says is asked for again, in the new language.
              events.restart();
            }}
          />
          <main className="gm-main" id="gm-main" tabIndex={-1} ref={main}>
            <PageView
              key={address.pathname}
              route={route}
              person={config.person}
              operator={config.operator}
            />
          </main>
        </div>
        <Toasts toasts={toasts} onDrop={drop} />
      </UploadsProvider>
    </GeminiProvider>
  );
}
