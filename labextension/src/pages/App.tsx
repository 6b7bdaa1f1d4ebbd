/** Puts together what components ask of a page: API, events, language, addresses, toasts. */
import { useEffect, useMemo } from 'react';
import messages from '../../locale/zh_CN.json';
import { EventStream } from '../api/events';
import { PageApi, PageTransport } from '../api/page';
import { GeminiProvider, type IGemini } from '../components/context';
import { Toasts, useToasts } from '../components/Toasts';
import { makeTrans, type Language } from '../i18n/trans';
import type { IPageConfig } from './config';
import { PageView } from './PageView';
import { useLanguage, useTheme } from './preferences';
import { addressOf, navigate, routeOf, useAddress } from './router';
import { TopBar } from './TopBar';
import { UploadsProvider } from './uploads';

const ENGLISH = makeTrans({});
const CHINESE = makeTrans(messages);

/** The API and its events for a language: an answer's words are in the language that was asked in. */
function useApi(base: string, language: Language): { api: PageApi; events: EventStream } {
  const api = useMemo(
    () => new PageApi(new PageTransport(`${base}api/v1`, () => language)),
    [base, language]
  );
  const events = useMemo(() => new EventStream(api), [api]);
  useEffect(() => () => events.dispose(), [events]);
  return { api, events };
}

export function App({ config }: { config: IPageConfig }): React.JSX.Element {
  const [language, setLanguage] = useLanguage(config.base);
  const [theme, setTheme] = useTheme();
  const { api, events } = useApi(config.base, language);
  const { toasts, notify, drop } = useToasts();
  const address = useAddress();
  const route = routeOf(address.pathname.slice(config.base.length), address.searchParams);
  const value = useMemo<IGemini>(
    () => ({
      api,
      events,
      trans: language === 'zh-CN' ? CHINESE : ENGLISH,
      language,
      ownEnvironmentId: null,
      go: place => {
        navigate(addressOf(config.base, place));
        window.scrollTo(0, 0);
      },
      href: place => addressOf(config.base, place),
      notify
    }),
    [api, events, language, config.base, notify]
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
            language={language}
            onLanguage={setLanguage}
          />
          <main className="gm-main" id="gm-main" tabIndex={-1}>
            <PageView key={address.pathname} route={route} />
          </main>
        </div>
        <Toasts toasts={toasts} onDrop={drop} />
      </UploadsProvider>
    </GeminiProvider>
  );
}
