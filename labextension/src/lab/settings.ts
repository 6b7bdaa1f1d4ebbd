/** What a person may choose, and the words of the settings editor in the person's language. */
import { Signal, type ISignal } from '@lumino/signaling';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ITrans } from '../i18n/trans';
import { IPlatform, ISettings } from '../tokens';

const ID = '@gemini/lab:settings';

class Settings implements ISettings {
  get showCost(): boolean {
    return this._settings?.composite['showCost'] !== false;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Follows `settings` from now on. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    settings.changed.connect(() => this._changed.emit());
    this._changed.emit();
  }

  private _settings: ISettingRegistry.ISettings | undefined;
  private readonly _changed = new Signal<this, void>(this);
}

/** `plugin` with the words of its form translated. Lab's server translates schemas from language packs alone. */
function translated(plugin: ISettingRegistry.IPlugin, trans: ITrans): ISettingRegistry.IPlugin {
  const { schema } = plugin;
  const properties: Record<string, ISettingRegistry.IProperty> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    properties[name] = { ...property, ...words(property, trans) };
  }
  return { ...plugin, schema: { ...schema, ...words(schema, trans), properties } };
}

function words(
  texts: { title?: string; description?: string },
  trans: ITrans
): { title?: string; description?: string } {
  const text = (msgid: string | undefined): string | undefined => (msgid ? trans.__(msgid) : undefined);
  return { title: text(texts.title), description: text(texts.description) };
}

export const settingsPlugin: JupyterFrontEndPlugin<ISettings> = {
  id: ID,
  description: "A person's choices, menus of files and shortcuts.",
  autoStart: true,
  requires: [IPlatform],
  optional: [ISettingRegistry],
  provides: ISettings,
  activate: (_app: JupyterFrontEnd, platform: IPlatform, registry: ISettingRegistry | null) => {
    const settings = new Settings();
    if (registry) {
      registry.transform(ID, { fetch: plugin => translated(plugin, platform.trans) });
      registry
        .load(ID)
        .then(found => settings.follow(found))
        .catch((problem: unknown) => console.error('The settings of Gemini could not be read', problem));
    }
    return settings;
  }
};
