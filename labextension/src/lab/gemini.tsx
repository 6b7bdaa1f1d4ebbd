/** What our components may ask of Lab: its commands for places, its notifications for results. */
import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReactElement } from 'react';
import { GeminiProvider, type IGemini, type INotice, type Place } from '../components/context';
import { CommandIDs, type IEnvironmentModel, type IPlatform } from '../tokens';
import '../../style/shared.css';
import '../../style/lab.css';

/** What views are made of. */
export interface ILab {
  commands: CommandRegistry;
  platform: IPlatform;
  environment: IEnvironmentModel;
}

/** `view` with all it asks for. `ownEnvironmentId` matters where something is to run. */
export function inLab(lab: ILab, view: ReactElement, ownEnvironmentId: string | null = null): ReactElement {
  const { commands, platform } = lab;
  const { api, events, trans, language } = platform;
  const value: IGemini = {
    api,
    events,
    trans,
    language,
    ownEnvironmentId,
    workspaceId: null,
    go: place => go(place, commands, platform),
    href: place => pageOf(place, platform.home),
    notify
  };
  return <GeminiProvider value={value}>{view}</GeminiProvider>;
}

function go(place: Place, commands: CommandRegistry, platform: IPlatform): void {
  switch (place.to) {
    case 'training-create':
      void commands.execute(CommandIDs.submitTraining, { ...place.preset });
      break;
    case 'training-jobs':
      void commands.execute(CommandIDs.openTrainingList);
      break;
    case 'task':
      void commands.execute(CommandIDs.openTraining, { taskId: place.id });
      break;
    default:
      openPage(pageOf(place, platform.home));
  }
}

function openPage(address: string | undefined): void {
  if (address !== undefined) {
    window.open(address, '_blank', 'noopener');
  }
}

/** The address of a place that is a page of the hub; what Lab shows itself has none. */
function pageOf(place: Place, home: string | null): string | undefined {
  if (home === null) {
    return undefined;
  }
  switch (place.to) {
    case 'home':
      return home;
    case 'environment-new':
      return `${home}environments/new`;
    case 'environment':
    case 'environment-edit':
      return `${home}environments/${encodeURIComponent(place.id)}${place.to === 'environment' ? '' : '/edit'}`;
    case 'datasets':
    case 'models':
      return `${home}${place.to}`;
    case 'asset':
      return `${home}${place.kind}s/${encodeURIComponent(place.id)}`;
    default:
      return undefined;
  }
}

function notify(notice: INotice): void {
  const message = notice.detail ? `${notice.title} · ${notice.detail}` : notice.title;
  Notification.emit(message, notice.kind ?? 'success', { autoClose: 6000 });
}
