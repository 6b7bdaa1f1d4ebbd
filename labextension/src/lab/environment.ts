/** The environment that this Lab runs in: read once, then kept up to date by events. */
import { Signal, type ISignal } from '@lumino/signaling';
import { asApiError, type ApiError } from '../api/errors';
import { RESET, type IEvent } from '../api/events';
import { path } from '../api/request';
import type { IEnvironment, IUsage } from '../api/types';
import type { EnvironmentPhase, IEnvironmentModel, IPlatform } from '../tokens';

export class EnvironmentModel implements IEnvironmentModel {
  constructor(private readonly _platform: IPlatform) {}

  get phase(): EnvironmentPhase {
    return this._phase;
  }

  get environment(): IEnvironment | null {
    return this._environment;
  }

  get error(): ApiError | null {
    return this._error;
  }

  get readAt(): number {
    return this._readAt;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  load(): void {
    if (this._phase === 'loading' || this._phase === 'ready') {
      return;
    }
    this._listen();
    this._become('loading');
    void this._read();
  }

  private async _read(): Promise<void> {
    try {
      const { environmentId } = await this._platform.me();
      if (environmentId === null) {
        this._become('absent');
        return;
      }
      this._show(await this._platform.api.get<IEnvironment>(path('dev-environments', environmentId)));
    } catch (problem) {
      this._error = asApiError(problem);
      this._become('failed');
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
      if (events.live && this._phase === 'failed') {
        this.load();
      }
    });
  }

  private _onEnvironment(event: IEvent): void {
    if (event.kind === RESET) {
      if (this._phase === 'ready') {
        void this._read();
      }
    } else if (event.id === this._environment?.id && event.data) {
      this._show(event.data as IEnvironment);
    }
  }

  private _onUsage(event: IEvent): void {
    if (this._environment && event.id === this._environment.id) {
      this._environment = { ...this._environment, usage: event.data as IUsage };
      this._changed.emit();
    }
  }

  private _show(environment: IEnvironment): void {
    this._environment = { ...environment, usage: environment.usage ?? this._environment?.usage ?? null };
    this._readAt = Date.now();
    this._error = null;
    this._become('ready');
  }

  private _become(phase: EnvironmentPhase): void {
    this._phase = phase;
    this._changed.emit();
  }

  private _phase: EnvironmentPhase = 'waiting';
  private _environment: IEnvironment | null = null;
  private _error: ApiError | null = null;
  private _readAt = 0;
  private _listening = false;
  private readonly _changed = new Signal<this, void>(this);
}
