/** Names that other plugins may build on. Importing this file does nothing else. */
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { ApiError } from './api/errors';
import type { EventStream } from './api/events';
import type { IApi } from './api/request';
import type { IEnvironment, IMe } from './api/types';

/** Commands of ours, all of them in the palette but those that need an argument. */
export const CommandIDs = {
  /** Shows the panel. */
  openPanel: 'gemini:open-panel',
  /** Opens the form. Arguments: `ITrainingPreset`. */
  submitTraining: 'gemini:submit-training',
  /** Opens the form with the file that is selected in the file browser, or open in the editor. */
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

/** What the form is to begin with. */
export interface ITrainingPreset {
  taskName?: string;
  command?: string;
}

/** The way to the platform from this Lab: one API and one stream of events for all views. */
export interface IPlatform {
  readonly api: IApi;
  readonly events: EventStream;
  /** The language of texts, as the API wants it: `en` or `zh-CN`. */
  readonly language: string;
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

/** The environment that this Lab runs in, kept up to date once someone has asked for it. */
export interface IEnvironmentModel {
  readonly phase: EnvironmentPhase;
  readonly environment: IEnvironment | null;
  readonly error: ApiError | null;
  /** When `environment.cost` was read, in milliseconds since 1970. */
  readonly readAt: number;
  readonly changed: ISignal<IEnvironmentModel, void>;
  /** Begins, or begins again after a failure. Safe to repeat. */
  load(): void;
}

export const IEnvironmentModel = new Token<IEnvironmentModel>(
  '@gemini/lab:IEnvironmentModel',
  'The environment that this Lab runs in: state, use, mounts, price and cost.'
);
