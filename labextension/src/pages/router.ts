/** Places and their addresses. The address always says where one is, filters too. */
import { useCallback, useSyncExternalStore } from 'react';
import { asSection } from '../admin/sections';
import { decoded } from '../api/percent';
import type { AdminSection, ITrainingPreset, Place } from '../components/context';

export type Route =
  | { page: 'home' }
  | { page: 'environment-new' }
  | { page: 'environment'; id: string }
  | { page: 'environment-edit'; id: string }
  | { page: 'training-create'; preset: ITrainingPreset }
  | { page: 'training-jobs' }
  | { page: 'task'; id: string }
  | { page: 'assets'; kind: 'dataset' | 'model' }
  | { page: 'asset'; kind: 'dataset' | 'model'; id: string }
  | { page: 'workspace'; id: string }
  | { page: 'admin' | 'admin-text'; section: AdminSection; workspaceId?: string }
  | { page: 'unknown' };

const MOVED = 'gemini-moved';
const PRESET_KEYS = ['taskName', 'script', 'command', 'environmentId', 'launchMode', 'cloneOf'] as const;

/** The route of a path below our base (`training-jobs/task-…`) and its query. */
export function routeOf(path: string, query: URLSearchParams): Route {
  const parts = path.split('/').filter(Boolean).map(decoded);
  if (!parts.every(part => part !== null)) {
    return { page: 'unknown' };
  }
  const [first = '', second, ...rest] = parts;
  if (second && first === 'environments' && rest.length === 1 && rest[0] === 'edit') {
    return { page: 'environment-edit', id: second };
  }
  if (first === 'admin') {
    return adminRoute(second, rest);
  }
  if (rest.length > 0) {
    return { page: 'unknown' };
  }
  const known: Record<string, Route> = {
    '': { page: 'home' },
    'environments/new': { page: 'environment-new' },
    'training/create': { page: 'training-create', preset: presetOf(query) },
    'training-jobs': { page: 'training-jobs' },
    datasets: { page: 'assets', kind: 'dataset' },
    models: { page: 'assets', kind: 'model' }
  };
  const fixed = known[second ? `${first}/${second}` : first];
  if (fixed) {
    return fixed;
  }
  if (second && first === 'environments') {
    return { page: 'environment', id: second };
  }
  if (second && first === 'training-jobs') {
    return { page: 'task', id: second };
  }
  if (second && first === 'workspaces') {
    return { page: 'workspace', id: second };
  }
  if (second && (first === 'datasets' || first === 'models')) {
    return { page: 'asset', kind: first === 'datasets' ? 'dataset' : 'model', id: second };
  }
  return { page: 'unknown' };
}

/** Lists scroll in themselves, an account and the health as a page does. */
function adminRoute(name = 'environments', rest: readonly string[]): Route {
  const section = asSection(name);
  const [workspaceId, ...more] = rest;
  if (!section || more.length > 0 || (workspaceId && section !== 'workspaces')) {
    return { page: 'unknown' };
  }
  return { page: section === 'health' || workspaceId ? 'admin-text' : 'admin', section, workspaceId };
}

/** The address of a place, below `base`. */
export function addressOf(base: string, place: Place): string {
  switch (place.to) {
    case 'home':
      return base;
    case 'environment-new':
      return `${base}environments/new`;
    case 'environment':
      return `${base}environments/${encodeURIComponent(place.id)}`;
    case 'environment-edit':
      return `${base}environments/${encodeURIComponent(place.id)}/edit`;
    case 'training-create': {
      const query = new URLSearchParams();
      for (const key of PRESET_KEYS) {
        const value = place.preset?.[key];
        if (value) {
          query.set(key, value);
        }
      }
      return `${base}training/create${query.size > 0 ? `?${query.toString()}` : ''}`;
    }
    case 'training-jobs':
      return `${base}training-jobs`;
    case 'task':
      return `${base}training-jobs/${encodeURIComponent(place.id)}`;
    case 'datasets':
      return `${base}datasets`;
    case 'models':
      return `${base}models`;
    case 'asset':
      return `${base}${place.kind}s/${encodeURIComponent(place.id)}`;
    case 'workspace':
      return `${base}workspaces/${encodeURIComponent(place.id)}`;
    case 'admin': {
      const query = new URLSearchParams(place.filters).toString();
      return `${base}admin/${place.section}${query ? `?${query}` : ''}`;
    }
    case 'admin-workspace':
      return `${base}admin/workspaces/${encodeURIComponent(place.id)}${place.posting ? `?posting=${place.posting}` : ''}`;
  }
}

export function navigate(address: string, replace = false): void {
  if (replace) {
    window.history.replaceState(null, '', address);
  } else {
    window.history.pushState(null, '', address);
  }
  window.dispatchEvent(new Event(MOVED));
}

/** The address now; the component renders again when it changes. */
export function useAddress(): URL {
  const href = useSyncExternalStore(onMove, () => window.location.href);
  return new URL(href);
}

/** A value kept in the address's query; the back button does not step through each letter typed. */
export function useQuery(key: string): [string, (value: string) => void] {
  const address = useAddress();
  const set = useCallback(
    (value: string) => {
      const changed = new URL(window.location.href);
      if (value) {
        changed.searchParams.set(key, value);
      } else {
        changed.searchParams.delete(key);
      }
      navigate(changed.href, true);
    },
    [key]
  );
  return [address.searchParams.get(key) ?? '', set];
}

function onMove(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(MOVED, listener);
  };
}

function presetOf(query: URLSearchParams): ITrainingPreset {
  const mode = query.get('launchMode');
  const of = (key: string): string | undefined => query.get(key) ?? undefined;
  return {
    taskName: of('taskName'),
    script: of('script'),
    command: of('command'),
    environmentId: of('environmentId') ?? of('environment'),
    launchMode: mode === 'existing' || mode === 'dynamic' ? mode : undefined,
    cloneOf: of('cloneOf')
  };
}
