/** What to create: the zone, and cards, CPU, memory, image of each instance. */
import { useEffect } from 'react';
import type { IImage, ISpecification, IZone } from '../api/types';
import { ChoiceGroup, type IChoice } from '../components/Choice';
import { NumberField, SelectField } from '../components/Field';
import { ZoneName } from '../components/Pieces';
import { useTrans } from '../components/context';
import type { ITrans } from '../i18n/trans';
import { useAnswer } from '../stores/hooks';
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
  zone
}: ISectionProps & { zone: IZone | undefined }): React.JSX.Element {
  const trans = useTrans();
  const inventory = Object.entries(zone?.gpuInventory ?? {});
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
      />
    </div>
  );
}

/** CPU, memory and image; at first those of the zone's default specification. */
function Amounts({ draft, change, error }: ISectionProps): React.JSX.Element {
  const trans = useTrans();
  const images = useAnswer<IImage[]>('/images').data;
  const specifications = useAnswer<ISpecification[]>(draft.zone ? '/specifications' : null, {
    zone: draft.zone
  }).data;
  const usual = specifications?.find(one => one.isDefault) ?? specifications?.[0];
  const image = draft.image || (images?.[0]?.id ?? '');
  const pristine = draft.cpuCores === 1 && draft.memory === 2;
  useEffect(() => {
    if (image && !draft.image) {
      change({ image });
    }
  });
  useEffect(() => {
    if (usual && pristine && (usual.cpuCores !== 1 || usual.memory !== 2)) {
      change({ cpuCores: usual.cpuCores, memory: usual.memory });
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- offered once, when the specifications arrive
  }, [usual?.id]);
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
        />
      </div>
      <SelectField
        name="image"
        label={trans.__('Image')}
        required
        value={image}
        error={error('image')}
        options={(images ?? []).map(one => ({
          value: one.id,
          label: one.description ? `${one.name} – ${one.description}` : one.name
        }))}
        onChange={chosen => change({ image: chosen })}
      />
    </>
  );
}
