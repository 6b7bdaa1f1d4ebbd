/** Gives pages the one call that Lab does not have: sending a file with progress. */
import { createContext, useContext, type ReactNode } from 'react';
import type { PageApi } from '../api/page';

const Context = createContext<PageApi | null>(null);

export function UploadsProvider(props: { api: PageApi; children: ReactNode }): React.JSX.Element {
  return <Context.Provider value={props.api}>{props.children}</Context.Provider>;
}

export function useUploads(): PageApi {
  const api = useContext(Context);
  if (!api) {
    throw new Error('UploadsProvider is missing');
  }
  return api;
}
