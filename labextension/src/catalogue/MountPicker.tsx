/** Which versions are mounted: up to three of a kind, each an asset and one of its versions. */
import { useEffect, useState } from 'react';
import type { IAsset, IVersion } from '../api/types';
import { Button } from '../components/Button';
import { SelectField, TextField, type IOption } from '../components/Field';
import { useSettled } from '../components/clock';
import { useGemini, useTrans } from '../components/context';
import { shortTime } from '../components/times';
import type { ITrans } from '../i18n/trans';
import { useAnswer } from '../stores/hooks';
import { assetPath, useAssets, versionName, type AssetKind } from './assets';

/** What is chosen; an empty `assetId` is a row not filled yet, an empty `versionId` waits for the newest. */
export interface IPick {
  assetId: string;
  versionId: string;
}

export const MOST_MOUNTS = 3;
const NO_PICK: IPick = { assetId: '', versionId: '' };

export interface IMountPickerProps {
  kind: AssetKind;
  picks: readonly IPick[];
  required?: boolean;
  /** The mistake of the first row. */
  error?: string | null;
  onChange: (picks: IPick[]) => void;
  onBlur?: () => void;
}

export function MountPicker(props: IMountPickerProps): React.JSX.Element {
  const trans = useTrans();
  const [search, setSearch] = useState('');
  const assets = useAssets(props.kind, { search: useSettled(search, 250) });
  const [many, setMany] = useState(false);
  if (assets.more && !many) {
    setMany(true);
  }
  const rows = props.picks.length > 0 ? props.picks : [NO_PICK];
  const change = (at: number, pick: IPick | null): void =>
    props.onChange(pick ? rows.with(at, pick) : rows.toSpliced(at, 1));
  const more =
    rows.length < MOST_MOUNTS &&
    rows.every(row => row.assetId !== '') &&
    (many || assets.rows.length > rows.length);
  return (
    <div className="gm-picker">
      {many && (
        <TextField
          name={`${props.kind}Search`}
          label={props.kind === 'dataset' ? trans.__('Search the datasets') : trans.__('Search the models')}
          search
          value={search}
          hint={trans.__('%1 of %2 are offered below.', assets.rows.length, assets.total)}
          onChange={setSearch}
        />
      )}
      {rows.map((pick, at) => (
        <MountRow
          key={at}
          kind={props.kind}
          at={at}
          pick={pick}
          assets={assets.rows.filter(
            asset => asset.id === pick.assetId || !rows.some(row => row.assetId === asset.id)
          )}
          required={props.required === true && at === 0}
          error={at === 0 ? props.error : null}
          onChange={changed => change(at, changed)}
          onRemove={at > 0 ? () => change(at, null) : undefined}
          onBlur={props.onBlur}
        />
      ))}
      {more && (
        <Button kind="quiet" icon="plus" onClick={() => props.onChange([...rows, NO_PICK])}>
          {props.kind === 'dataset' ? trans.__('Add another dataset') : trans.__('Add another model')}
        </Button>
      )}
    </div>
  );
}

interface IMountRowProps {
  kind: AssetKind;
  at: number;
  pick: IPick;
  assets: readonly IAsset[];
  required: boolean;
  error?: string | null;
  onChange: (pick: IPick) => void;
  onRemove?: () => void;
  onBlur?: () => void;
}

function MountRow(props: IMountRowProps): React.JSX.Element {
  const trans = useTrans();
  const { kind, at, pick } = props;
  const number = at === 0 ? '' : ` ${at + 1}`;
  const dataset = kind === 'dataset';
  const offered = useOffered(kind, pick.assetId, props.assets);
  const folder = dataset ? `/gemini/data-${at + 1}` : `/gemini/pretrain${at + 1}`;
  return (
    <div className="gm-picker-row">
      <SelectField
        name={at === 0 ? `${kind}Id` : `${kind}s.${at}`}
        label={(dataset ? trans.__('Dataset') : trans.__('Model')) + number}
        required={props.required}
        error={props.error}
        hint={pick.assetId ? trans.__('Mounted read-only at %1', folder) : undefined}
        value={pick.assetId}
        empty={emptyWord(dataset, props.required, trans)}
        options={offered.map(asset => ({ value: asset.id, label: asset.name }))}
        onChange={assetId => props.onChange({ assetId, versionId: '' })}
        onBlur={props.onBlur}
      />
      <VersionField
        {...props}
        label={(dataset ? trans.__('Dataset version') : trans.__('Model version')) + number}
      />
      {props.onRemove && (
        <Button kind="quiet" icon="close" label={trans.__('Remove this mount')} onClick={props.onRemove} />
      )}
    </div>
  );
}

/** What can be chosen, and what is chosen, also where a search leaves it out. */
function useOffered(kind: AssetKind, chosen: string, assets: readonly IAsset[]): readonly IAsset[] {
  const left = chosen !== '' && !assets.some(asset => asset.id === chosen);
  const own = useAnswer<IAsset>(left ? assetPath(kind, chosen) : null).data;
  return left && own ? [own, ...assets] : assets;
}

function emptyWord(dataset: boolean, required: boolean, trans: ITrans): string {
  if (!dataset) {
    return trans.__('No model');
  }
  return required ? trans.__('Choose a dataset') : trans.__('No dataset');
}

/** The versions of the chosen asset; the newest is taken as soon as they are known. */
function VersionField(props: IMountRowProps & { label: string }): React.JSX.Element {
  const { trans, language } = useGemini();
  const [opened] = useState(() => Date.now());
  const { kind, pick, onChange } = props;
  const answer = useAnswer<IVersion[]>(pick.assetId ? assetPath(kind, pick.assetId, 'versions') : null, {
    limit: 200
  });
  const versions = [...(answer.data ?? [])].sort((one, other) => other.number - one.number);
  const newest = versions[0]?.id ?? '';
  useEffect(() => {
    if (pick.assetId && !pick.versionId && newest) {
      onChange({ assetId: pick.assetId, versionId: newest });
    }
  }, [pick.assetId, pick.versionId, newest, onChange]);
  const options: IOption[] = versions.map(version => ({
    value: version.id,
    label: `${versionName(version.number)} · ${shortTime(version.createdAt, language, opened)}`
  }));
  const none = pick.assetId !== '' && answer.data?.length === 0;
  return (
    <SelectField
      name={props.at === 0 ? `${kind}VersionId` : `${kind}s.${props.at}.versionId`}
      label={props.label}
      required={props.required}
      value={pick.versionId}
      disabled={!pick.assetId || none}
      empty={pick.versionId ? undefined : none ? trans.__('No version yet') : '–'}
      error={none ? trans.__('Commit a version of it first') : null}
      options={options}
      onChange={versionId => onChange({ assetId: pick.assetId, versionId })}
    />
  );
}
