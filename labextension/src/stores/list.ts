/** A list of the API that stays true by events: fetched page by page, never polled. */
import { asApiError, type ApiError } from '../api/errors';
import { RESET, type EventStream, type IEvent } from '../api/events';
import type { IApi, Query } from '../api/request';

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

interface IIdentified {
  id: string;
}

export class ListStore<T extends IIdentified> {
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
    const turn = ++this._turn;
    const limit = Math.min(200, Math.max(this._snapshot.rows.length, this._options.limit ?? 50));
    await this._fetch(turn, { ...this._options.query, limit }, []);
  }

  /** Fetches the next page, once at a time. */
  async more(): Promise<void> {
    if (!this._cursor || this._asking > 0) {
      return;
    }
    const query = { ...this._options.query, limit: this._options.limit ?? 50, cursor: this._cursor };
    await this._fetch(this._turn, query, this._snapshot.rows);
  }

  private async _fetch(turn: number, query: Query, before: readonly T[]): Promise<void> {
    this._asking += 1;
    try {
      const page = await this._api.list<T>(this._options.path, query);
      if (turn !== this._turn) {
        return;
      }
      this._cursor = page.next;
      const known = new Set(before.map(row => row.id));
      const rows = [...before, ...page.data.filter(row => !known.has(row.id))];
      this._set({ state: 'ready', rows, total: page.total, more: page.next !== null, error: null });
      // The page may be older than what was heard while it was on its way.
      this._heard.forEach((row, id) => this._apply(id, row));
    } catch (problem) {
      if (turn === this._turn) {
        const state = this._snapshot.rows.length > 0 ? 'ready' : 'failed';
        this._set({ ...this._snapshot, state, error: asApiError(problem) });
      }
    } finally {
      this._asking -= 1;
      if (this._asking === 0) {
        this._heard.clear();
      }
    }
  }

  private _onEvent(event: IEvent): void {
    if (event.kind === RESET) {
      void this.reload();
    } else if (event.id) {
      const row = event.change === 'deleted' ? null : (event.data as T);
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
      if (stays) {
        this._set({ ...this._snapshot, rows: [row, ...rows], total: total + 1 });
      }
    } else if (stays) {
      this._set({ ...this._snapshot, rows: rows.with(at, row) });
    } else {
      this._set({ ...this._snapshot, rows: rows.toSpliced(at, 1), total: total - 1 });
    }
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
  private readonly _heard = new Map<string, T | null>();
}
