/** The environment that this Lab runs in: read once, then kept up to date by events. */
import { Signal, type ISignal } from '@lumino/signaling';
import { asApiError } from '../api/errors';
import { RESET, type IEvent } from '../api/events';
import { path } from '../api/request';
import type { IEnvironment, IUsage } from '../api/types';
import type { IEnvironmentModel, IEnvironmentSnapshot, IPlatform } from '../tokens';

export class EnvironmentModel implements IEnvironmentModel {
  constructor(private readonly _platform: IPlatform) {}

  get snapshot(): IEnvironmentSnapshot {
    return this._snapshot;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  load(): void {
    const { phase } = this._snapshot;
    if (phase === 'loading' || phase === 'ready') {
      return;
    }
    this._listen();
    this._set({ phase: 'loading' });
    void this._read();
  }

  private async _read(): Promise<void> {
    try {
      const { environmentId } = await this._platform.me();
      if (environmentId === null) {
        this._set({ phase: 'absent' });
        return;
      }
      this._show(await this._platform.api.get<IEnvironment>(path('dev-environments', environmentId)));
    } catch (problem) {
      this._set({ phase: 'failed', error: asApiError(problem) });
    }
  }

  private _listen(): void {
    if (this._listening) {
      return;
    }
    this._listening = true;
    const { events } = this._platform;
    events.subscribe('dev-environment', event => this._onEnvironment(event));
    events.subscribe('usage', event => this._onUsage(event));
    events.onLive(() => {
      if (events.live && this._snapshot.phase === 'failed') {
        this.load();
      }
    });
  }

  private _onEnvironment(event: IEvent): void {
    if (event.kind === RESET) {
      if (this._snapshot.phase === 'ready') {
        void this._read();
      }
    } else if (event.id === this._snapshot.environment?.id && event.data) {
      this._show(event.data as IEnvironment);
    }
  }

  private _onUsage(event: IEvent): void {
    const { environment } = this._snapshot;
    if (environment && event.id === environment.id) {
      this._set({ environment: { ...environment, usage: event.data as IUsage } });
    }
  }

  private _show(environment: IEnvironment): void {
    const usage = environment.usage ?? this._snapshot.environment?.usage ?? null;
    this._set({ phase: 'ready', environment: { ...environment, usage }, error: null, readAt: Date.now() });
  }

  private _set(change: Partial<IEnvironmentSnapshot>): void {
    this._snapshot = { ...this._snapshot, ...change };
    this._changed.emit();
  }

  private _snapshot: IEnvironmentSnapshot = { phase: 'waiting', environment: null, error: null, readAt: 0 };
  private _listening = false;
  private readonly _changed = new Signal<this, void>(this);
}
