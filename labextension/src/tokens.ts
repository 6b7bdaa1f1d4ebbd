/** Names that other plugins may build on. Importing this file does nothing else. */
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { ApiError } from './api/errors';
import type { EventStream } from './api/events';
import type { IApi } from './api/request';
import type { IEnvironment, IMe } from './api/types';
import type { ITrans, Language } from './i18n/trans';

/** Commands of ours, all of them in the palette but those that need an argument. */
export const CommandIDs = {
  /** Shows the panel. */
  openPanel: 'gemini:open-panel',
  /** Opens the form. Arguments: an `ITrainingPreset`. */
  submitTraining: 'gemini:submit-training',
  /** Opens the form with a Python file: `path`, that of the editor (`source: editor`), or the one selected in the file browser. */
  submitTrainingFile: 'gemini:submit-training-file',
  /** Opens the list of tasks. */
  openTrainingList: 'gemini:open-training-list',
  /** Opens one task. Argument: `taskId`. */
  openTraining: 'gemini:open-training',
  /** Opens TensorBoard. */
  openTensorBoard: 'gemini:open-tensorboard',
  /** Opens the hub's home page in a tab of the browser. */
  openHome: 'gemini:open-home'
} as const;

/** The way to the platform from this Lab: one API and one stream of events for all views. */
export interface IPlatform {
  readonly api: IApi;
  readonly events: EventStream;
  /** Texts in Lab's language. */
  readonly trans: ITrans;
  readonly language: Language;
  /** Where the pages of the hub live, or null where there is no hub. */
  readonly home: string | null;
  /** Who this Lab works for. Asked once; a failure is not kept. */
  me(): Promise<IMe>;
}

export const IPlatform = new Token<IPlatform>(
  '@gemini/lab:IPlatform',
  'The API of the platform and its events, as this Lab reaches them.'
);

/** `absent`: this Lab runs outside the platform's environments. */
export type EnvironmentPhase = 'waiting' | 'loading' | 'ready' | 'absent' | 'failed';

export interface IEnvironmentSnapshot {
  readonly phase: EnvironmentPhase;
  readonly environment: IEnvironment | null;
  readonly error: ApiError | null;
  /** When `environment.cost` was read, in milliseconds since 1970. */
  readonly readAt: number;
}

/** The environment that this Lab runs in, kept up to date once someone has asked for it. */
export interface IEnvironmentModel {
  readonly snapshot: IEnvironmentSnapshot;
  readonly changed: ISignal<IEnvironmentModel, void>;
  /** Begins, or begins again after a failure. Safe to repeat. */
  load(): void;
}

export const IEnvironmentModel = new Token<IEnvironmentModel>(
  '@gemini/lab:IEnvironmentModel',
  'The environment that this Lab runs in: state, use, mounts, price and cost.'
);

/** What a person has chosen in Lab's settings. */
export interface ISettings {
  /** Whether the status bar shows the cost. */
  readonly showCost: boolean;
  readonly changed: ISignal<ISettings, void>;
}

export const ISettings = new Token<ISettings>(
  '@gemini/lab:ISettings',
  'What a person has chosen of Gemini in Lab.'
);
