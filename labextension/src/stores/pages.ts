/** A list that nothing tells the changes of, page by page. */
import { asApiError, type ApiError } from '../api/errors';
import type { IApi } from '../api/request';
import { PAGE, readRows } from './reading';

export interface IPagesSnapshot<T> {
  /** Null until they were read once. */
  data: readonly T[] | null;
  total: number;
  /** Whether the server has more than `data`. */
  more: boolean;
  error: ApiError | null;
}

export class PageStore<T> {
  /** `path` null: nothing is asked. */
  constructor(
    private readonly _api: Pick<IApi, 'list'>,
    private readonly _path: string | null
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    if (this._listeners.size === 1) {
      void this.reload();
    }
    return () => {
      this._listeners.delete(listener);
    };
  };

  readonly snapshot = (): IPagesSnapshot<T> => this._snapshot;

  /** Reads as many pages again as are shown; what is here stays until they have come, and where they do not. */
  async reload(): Promise<void> {
    if (this._path === null) {
      return;
    }
    const turn = ++this._turn;
    try {
      const page = await readRows<T>(this._api, this._path, {}, this._wanted);
      if (turn === this._turn) {
        this._set({ data: page.data, total: page.total, more: page.next !== null, error: null });
      }
    } catch (problem) {
      if (turn === this._turn) {
        this._set({ ...this._snapshot, error: asApiError(problem) });
      }
    }
  }

  /** Shows a page more. */
  async more(): Promise<void> {
    // From its beginning: the pages before it may have changed, and a reload may be on its way.
    this._wanted += PAGE;
    await this.reload();
  }

  private _set(snapshot: IPagesSnapshot<T>): void {
    this._snapshot = snapshot;
    this._listeners.forEach(listener => listener());
  }

  private readonly _listeners = new Set<() => void>();
  private _snapshot: IPagesSnapshot<T> = { data: null, total: 0, more: false, error: null };
  private _wanted = PAGE;
  private _turn = 0;
}
