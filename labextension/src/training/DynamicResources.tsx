/** What to create: the zone, and cards, CPU, memory, image of each instance. */
import type { IZone } from '../api/types';
import { ChoiceGroup, type IChoice } from '../components/Choice';
import { NumberField, SelectField } from '../components/Field';
import { ZoneName } from '../components/Pieces';
import { useTrans } from '../components/context';
import type { ITrans } from '../i18n/trans';
import type { IResourcesSectionProps } from './section';
import type { ISectionProps } from './section';

export function ZoneField({ draft, change, error, zones }: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  const choose = (id: string): void => {
    const inventory = zones.find(one => one.id === id)?.gpuInventory ?? {};
    change({ zone: id, ...(draft.gpuType in inventory ? {} : { gpuType: '', gpuCount: 0 }) });
  };
  return (
    <ChoiceGroup
      label={trans.__('Zone')}
      name="availabilityZone"
      look="cards"
      required
      value={draft.zone}
      error={error('availabilityZone')}
      choices={zones.map(one => zoneChoice(one, trans))}
      onChange={choose}
    />
  );
}

/** What one instance gets. */
export function Specification(props: IResourcesSectionProps): React.JSX.Element {
  const zone = props.zones.find(one => one.id === props.draft.zone);
  return (
    <>
      <Cards {...props} zone={zone} />
      <Amounts {...props} />
    </>
  );
}

function zoneChoice(zone: IZone, trans: ITrans): IChoice {
  const free = Object.entries(zone.gpuInventory).map(([type, count]) => trans.__('%1: %2 free', type, count));
  return {
    value: zone.id,
    title: <ZoneName id={zone.id} name={zone.name} />,
    detail: zone.available ? free.join(' · ') || trans.__('No GPU in this zone') : undefined,
    disabled: !zone.available,
    reason: zone.available ? undefined : trans.__('Closed by the operator')
  };
}

function Cards({
  draft,
  change,
  error,
  onLeave,
  zone
}: ISectionProps & { zone: IZone | undefined }): React.JSX.Element {
  const trans = useTrans();
  // A type that the zone has no more is shown all the same, for it is what is sent.
  const chosen = draft.gpuType ? { [draft.gpuType]: 0 } : {};
  const inventory = Object.entries({ ...chosen, ...zone?.gpuInventory });
  const free = zone?.gpuInventory[draft.gpuType] ?? 0;
  const chooseType = (gpuType: string): void =>
    change({ gpuType, gpuCount: gpuType ? Math.max(1, draft.gpuCount) : 0 });
  return (
    <div className="gm-columns">
      <SelectField
        name="gpuType"
        label={trans.__('GPU type')}
        required
        value={draft.gpuType}
        error={error('gpuType')}
        empty={trans.__('No GPU')}
        options={inventory.map(([type, count]) => ({
          value: type,
          label: trans.__('%1 (%2 free)', type, count)
        }))}
        onChange={chooseType}
      />
      <NumberField
        name="gpuCount"
        label={trans.__('GPU count')}
        required
        min={0}
        value={draft.gpuCount}
        error={error('gpuCount')}
        hint={
          draft.gpuType && draft.gpuCount > free
            ? trans.__('Only %1 are free now: the task will queue for resources.', free)
            : undefined
        }
        onChange={gpuCount => change({ gpuCount })}
        onBlur={() => onLeave('gpuCount')}
      />
    </div>
  );
}

/** CPU, memory and image; until they are touched those of the zone's default specification. */
function Amounts({ draft, offered, change, error, onLeave }: ISectionProps): React.JSX.Element {
  const trans = useTrans();
  const { images } = offered;
  // That of a clone may be none of those any more; it is shown all the same, for it is what is sent.
  const gone = draft.image !== '' && !images.some(one => one.id === draft.image);
  return (
    <>
      <div className="gm-columns">
        <NumberField
          name="cpuCores"
          label={trans.__('CPU')}
          required
          min={0.5}
          step={0.5}
          unit={trans.__('cores')}
          value={draft.cpuCores}
          error={error('cpuCores')}
          onChange={cpuCores => change({ cpuCores })}
          onBlur={() => onLeave('cpuCores')}
        />
        <NumberField
          name="memory"
          label={trans.__('Memory')}
          required
          min={0.5}
          step={0.5}
          unit="GB"
          value={draft.memory}
          error={error('memory')}
          onChange={memory => change({ memory })}
          onBlur={() => onLeave('memory')}
        />
      </div>
      <SelectField
        name="image"
        label={trans.__('Image')}
        required
        value={draft.image}
        error={error('image')}
        options={[
          ...(gone ? [{ value: draft.image, label: draft.image }] : []),
          ...images.map(one => ({
            value: one.id,
            label: one.description ? `${one.name} – ${one.description}` : one.name
          }))
        ]}
        onChange={chosen => change({ image: chosen })}
      />
    </>
  );
}
