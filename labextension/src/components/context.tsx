/** What every component of ours may ask of the place it runs in, be it a page of the hub or a panel of Lab. */
import { createContext, useContext, type ReactNode } from 'react';
import type { EventStream } from '../api/events';
import type { IApi } from '../api/request';
import type { ITrans, Language } from '../i18n/trans';
import type { LaunchMode } from '../api/types';

/** What a training form may be opened with. */
export interface ITrainingPreset {
  taskName?: string;
  script?: string;
  command?: string;
  environmentId?: string;
  launchMode?: LaunchMode;
  /** A task to take everything from (clone). */
  cloneOf?: string;
}

/** The sections of the operators' page. */
export type AdminSection = 'environments' | 'tasks' | 'workspaces' | 'users' | 'health';

/** Where a component may lead: pages turn it into an address, Lab into a command. */
export type Place =
  | { to: 'home' }
  | { to: 'environment-new' }
  | { to: 'environment'; id: string }
  | { to: 'environment-edit'; id: string }
  | { to: 'training-create'; preset?: ITrainingPreset }
  | { to: 'training-jobs' }
  | { to: 'task'; id: string }
  | { to: 'datasets' }
  | { to: 'models' }
  | { to: 'asset'; kind: 'dataset' | 'model'; id: string }
  | { to: 'workspace'; id: string }
  | { to: 'admin'; section: AdminSection; filters?: Record<string, string> }
  | { to: 'admin-workspace'; id: string; posting?: string };

export interface INotice {
  title: string;
  detail?: string;
  kind?: 'success' | 'warning';
}

export interface IGemini {
  api: IApi;
  events: EventStream;
  trans: ITrans;
  language: Language;
  /** The environment that this Lab runs in; null on a page. */
  ownEnvironmentId: string | null;
  /** The workspace that lists are narrowed to and new things go to; null takes all, and the person's first. */
  workspaceId: string | null;
  go: (place: Place) => void;
  /** The address of `place` where it has one (pages), so that links open in a new tab as well. */
  href: (place: Place) => string | undefined;
  /** A result, told in passing. Never the only place of an error. */
  notify: (notice: INotice) => void;
}

const Context = createContext<IGemini | null>(null);

export function GeminiProvider(props: { value: IGemini; children: ReactNode }): React.JSX.Element {
  return (
    <Context.Provider value={props.value}>
      <div className="gm-root" lang={props.value.language}>
        {props.children}
      </div>
    </Context.Provider>
  );
}

export function useGemini(): IGemini {
  const value = useContext(Context);
  if (!value) {
    throw new Error('GeminiProvider is missing');
  }
  return value;
}

export function useTrans(): ITrans {
  return useGemini().trans;
}
