/** A list of the API that stays true by events: fetched page by page, never polled. */
import { asApiError, type ApiError } from '../api/errors';
import { RESET, type EventStream, type IEvent } from '../api/events';
import type { IApi, IPage, Query } from '../api/request';
import { hear } from '../components/clock';
import { readRows } from './reading';

export interface IListSnapshot<T> {
  state: 'loading' | 'ready' | 'failed';
  rows: readonly T[];
  total: number;
  /** Whether the server has more than `rows`. */
  more: boolean;
  error: ApiError | null;
}

export interface IListOptions<T> {
  path: string;
  /** The kind of event that tells of changes. */
  kind: string;
  query?: Query;
  limit?: number;
  /** Whether a changed row still belongs to what was asked for. */
  belongs?: (row: T) => boolean;
}

interface IListed {
  id: string;
  /** Lists are the newest first; what has no time of its own comes to the top. */
  createdAt?: string;
}

export class ListStore<T extends IListed> {
  constructor(
    private readonly _api: IApi,
    private readonly _events: EventStream,
    private readonly _options: IListOptions<T>
  ) {}

  /** Starts to listen (and to fetch, the first time); the answer ends it. Fits `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    if (this._listeners.size === 1) {
      this._stop = this._events.subscribe(this._options.kind, event => this._onEvent(event));
      void this.reload();
    }
    return () => {
      this._listeners.delete(listener);
      if (this._listeners.size === 0) {
        this._stop?.();
      }
    };
  };

  readonly snapshot = (): IListSnapshot<T> => this._snapshot;

  /** Fetches as many rows again as are here now. */
  async reload(): Promise<void> {
    const { path, query, limit } = this._options;
    const wanted = Math.max(this._snapshot.rows.length, limit ?? 50);
    await this._take(++this._turn, readRows<T>(this._api, path, query ?? {}, wanted), false);
  }

  /** Fetches the next page: once at a time, after a reload that is on its way, and again after one that failed. */
  async more(): Promise<void> {
    this._wished = this._cursor !== null;
    if (!this._wished || this._asking > 0) {
      return;
    }
    const query = { ...this._options.query, limit: this._options.limit ?? 50, cursor: this._cursor };
    await this._take(this._turn, this._api.list<T>(this._options.path, query), true);
  }

  private async _take(turn: number, coming: Promise<IPage<T>>, behind: boolean): Promise<void> {
    this._asking += 1;
    try {
      const page = await coming;
      if (turn === this._turn) {
        this._put(page, behind ? this._snapshot.rows : []);
        this._wished &&= !behind;
      }
    } catch (problem) {
      if (turn === this._turn) {
        const state = this._snapshot.state === 'ready' ? 'ready' : 'failed';
        this._set({ ...this._snapshot, state, error: asApiError(problem) });
      }
    } finally {
      this._asking -= 1;
      if (this._asking === 0) {
        this._heard.clear();
        this._goOn();
      }
    }
  }

  private _goOn(): void {
    if (this._wished && !this._snapshot.error) {
      void this.more();
    }
  }

  private _put(page: IPage<T>, before: readonly T[]): void {
    page.data.forEach(hear);
    this._cursor = page.next;
    const known = new Set(before.map(row => row.id));
    const rows = [...before, ...page.data.filter(row => !known.has(row.id))];
    this._set({ state: 'ready', rows, total: page.total, more: page.next !== null, error: null });
    // The page may be older than what was heard while it was on its way.
    this._heard.forEach((row, id) => this._apply(id, row));
  }

  private _onEvent(event: IEvent): void {
    if (event.kind === RESET) {
      void this.reload();
    } else if (event.id) {
      const row = event.change === 'deleted' ? null : hear(event.data as T);
      if (this._asking > 0) {
        this._heard.set(event.id, row);
      }
      if (this._snapshot.state === 'ready') {
        this._apply(event.id, row);
      }
    }
  }

  private _apply(id: string, row: T | null): void {
    const { rows, total } = this._snapshot;
    const at = rows.findIndex(known => known.id === id);
    const stays = row !== null && (this._options.belongs?.(row) ?? true);
    if (at === -1) {
      const place = stays ? this._placeOf(row) : -1;
      if (stays && place !== -1) {
        this._set({ ...this._snapshot, rows: rows.toSpliced(place, 0, row), total: total + 1 });
      }
    } else if (stays) {
      this._set({ ...this._snapshot, rows: rows.with(at, row) });
    } else {
      this._set({ ...this._snapshot, rows: rows.toSpliced(at, 1), total: total - 1 });
    }
  }

  /** Where a row that is not here belongs; -1: on a page that is not here either, which has counted it. */
  private _placeOf(row: T): number {
    const { rows, more } = this._snapshot;
    const created = bornAt(row);
    const place = rows.findIndex(other => bornAt(other) <= created);
    return place === -1 && !more ? rows.length : place;
  }

  private _set(snapshot: IListSnapshot<T>): void {
    this._snapshot = snapshot;
    this._listeners.forEach(listener => listener());
  }

  private readonly _listeners = new Set<() => void>();
  private _snapshot: IListSnapshot<T> = { state: 'loading', rows: [], total: 0, more: false, error: null };
  private _stop: (() => void) | undefined;
  private _cursor: string | null = null;
  private _turn = 0;
  private _asking = 0;
  private _wished = false;
  private readonly _heard = new Map<string, T | null>();
}

function bornAt(row: IListed): number {
  return row.createdAt === undefined ? Infinity : Date.parse(row.createdAt);
}
