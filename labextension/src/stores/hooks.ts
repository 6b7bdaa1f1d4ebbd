/** The stores as hooks. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import type { IPage, Query } from '../api/request';
import type { IEvent } from '../api/events';
import { useSettled } from '../components/clock';
import { useGemini } from '../components/context';
import { ItemStore, type IItemSnapshot } from './item';
import { ListStore, type IListOptions, type IListSnapshot } from './list';

/** As many as the server gives at once. */
const PAGE = 200;

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
export function useItem<T>(path: string, kind: string, id: string): IItem<T> {
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

/** What rarely changes: fetched once for a path (null: nothing is asked), and again by `reload`. */
export function useAnswer<T>(path: string | null, query?: Query): IAnswer<T> {
  const { api } = useGemini();
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn(before => before + 1), []);
  const [held, setHeld] = useState<{ key: string; data: T | null; error: ApiError | null } | null>(null);
  const search = JSON.stringify(query ?? {});
  const key = `${path ?? ''}${search}`;
  useEffect(() => {
    if (path === null) {
      return;
    }
    let current = true;
    api.get<T>(path, JSON.parse(search) as Query).then(
      data => current && setHeld({ key, data, error: null }),
      (problem: unknown) => current && setHeld({ key, data: null, error: asApiError(problem) })
    );
    return () => {
      current = false;
    };
  }, [api, path, search, key, turn]);
  const mine = held?.key === key ? held : null;
  return { data: mine?.data ?? null, error: mine?.error ?? null, reload };
}

export interface IPages<T> extends IAnswer<T[]> {
  total: number;
  /** Fetches the next page behind what is here; null where this is all. */
  more: (() => Promise<void>) | null;
}

/** A list that nothing tells the changes of, page by page. */
export function usePages<T>(path: string | null): IPages<T> {
  const { api } = useGemini();
  const [turn, setTurn] = useState(0);
  const [held, setHeld] = useState<{ path: string | null; page: IPage<T> | null; error: ApiError | null }>({
    path,
    page: null,
    error: null
  });
  const read = useCallback(
    (address: string, before: readonly T[], cursor: string | null) =>
      api.list<T>(address, { limit: PAGE, cursor }).then(
        page => setHeld({ path: address, page: { ...page, data: [...before, ...page.data] }, error: null }),
        (problem: unknown) =>
          setHeld(was => ({
            path: address,
            page: was.path === address ? was.page : null,
            error: asApiError(problem)
          }))
      ),
    [api]
  );
  useEffect(() => {
    if (path !== null) {
      void read(path, [], null);
    }
  }, [read, path, turn]);
  const { page, error } = held.path === path ? held : { page: null, error: null };
  const next = page?.next ?? null;
  return {
    data: page?.data ?? null,
    error,
    total: page?.total ?? 0,
    reload: useCallback(() => setTurn(before => before + 1), []),
    more: path !== null && next !== null ? () => read(path, page?.data ?? [], next) : null
  };
}

/** The server's answer to a form as it is, asked again when the form has settled. The last answer stays meanwhile. */
export function usePreview<T>(path: string, form: unknown): IAnswer<T>['data'] {
  const { api } = useGemini();
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
  }, [api, path, body]);
  return preview;
}

/** Calls `handler` for each event of `kind`. */
export function useEvents(kind: string, handler: (event: IEvent) => unknown): void {
  const { events } = useGemini();
  useEffect(() => events.subscribe(kind, handler), [events, kind, handler]);
}
