/** The stores as hooks. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import type { Query } from '../api/request';
import type { IEvent } from '../api/events';
import { useSettled } from '../components/clock';
import { useGemini } from '../components/context';
import { ItemStore, type IItemSnapshot } from './item';
import { ListStore, type IListOptions, type IListSnapshot } from './list';
import { PageStore, type IPagesSnapshot } from './pages';

export type IList<T> = IListSnapshot<T> & { reload: () => void; next: () => void };

/** A live list. The options are read again when `path` or `query` change. */
export function useList<T extends { id: string }>(options: IListOptions<T>): IList<T> {
  const { api, events } = useGemini();
  const key = JSON.stringify([options.path, options.kind, options.query, options.limit]);
  const store = useMemo(
    () => new ListStore<T>(api, events, options),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- options are compared by what they say
    [api, events, key]
  );
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot);
  const reload = useCallback(() => void store.reload(), [store]);
  const next = useCallback(() => void store.more(), [store]);
  return { ...snapshot, reload, next };
}

export type IItem<T> = IItemSnapshot<T> & { reload: () => void; put: (item: T) => void };

/** A live thing. */
export function useItem<T extends object>(path: string, kind: string, id: string): IItem<T> {
  const { api, events } = useGemini();
  const store = useMemo(
    () => new ItemStore<T>(api, events, { path, kind, id }),
    [api, events, path, kind, id]
  );
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot);
  return { ...snapshot, reload: () => void store.reload(), put: item => store.put(item) };
}

export interface IAnswer<T> {
  data: T | null;
  error: ApiError | null;
  reload: () => void;
}

interface IHeld<T> {
  key: string;
  data: T | null;
  error: ApiError | null;
}

/**
 * What rarely changes: fetched once for a path (null: nothing is asked), and again by `reload` and in another language.
 * What is here stays meanwhile, and beside the error where it does not come again.
 */
export function useAnswer<T>(path: string | null, query?: Query): IAnswer<T> {
  const { api, language } = useGemini();
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn(before => before + 1), []);
  const [held, setHeld] = useState<IHeld<T> | null>(null);
  const search = JSON.stringify(query ?? {});
  const key = `${path ?? ''}${search}`;
  useEffect(() => {
    if (path === null) {
      return;
    }
    let current = true;
    api.get<T>(path, JSON.parse(search) as Query).then(
      data => current && setHeld({ key, data, error: null }),
      (problem: unknown) =>
        current &&
        setHeld(was => ({ key, data: was?.key === key ? was.data : null, error: asApiError(problem) }))
    );
    return () => {
      current = false;
    };
  }, [api, path, search, key, turn, language]);
  const mine = held?.key === key ? held : null;
  return { data: mine?.data ?? null, error: mine?.error ?? null, reload };
}

export interface IPages<T> extends Omit<IPagesSnapshot<T>, 'more'> {
  reload: () => void;
  /** Fetches the next page behind what is here; null where this is all. */
  more: (() => Promise<void>) | null;
}

/** A list that nothing tells the changes of, page by page. */
export function usePages<T>(path: string | null): IPages<T> {
  const { api } = useGemini();
  const store = useMemo(() => new PageStore<T>(api, path), [api, path]);
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot);
  const reload = useCallback(() => void store.reload(), [store]);
  return { ...snapshot, reload, more: snapshot.more ? () => store.more() : null };
}

/** The server's answer to a form as it is, asked again when the form has settled. The last answer stays meanwhile. */
export function usePreview<T>(path: string, form: unknown): IAnswer<T>['data'] {
  const { api, language } = useGemini();
  const [preview, setPreview] = useState<T | null>(null);
  const body = useSettled(JSON.stringify(form), 250);
  useEffect(() => {
    let current = true;
    api.post<T>(path, JSON.parse(body)).then(
      answer => current && setPreview(answer),
      () => current && setPreview(null)
    );
    return () => {
      current = false;
    };
  }, [api, path, body, language]);
  return preview;
}

/** Calls `handler` for each event of `kind`. */
export function useEvents(kind: string, handler: (event: IEvent) => unknown): void {
  const { events } = useGemini();
  useEffect(() => events.subscribe(kind, handler), [events, kind, handler]);
}
