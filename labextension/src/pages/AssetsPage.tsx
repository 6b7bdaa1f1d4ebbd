/** Datasets or models: what there is, and a new one. */
import { useMemo, useState } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import type { IAsset, Visibility } from '../api/types';
import { assetsPath, useAssets, versionName, visibilityWord, type AssetKind } from '../catalogue/assets';
import { Button, PlaceLink } from '../components/Button';
import { ChoiceGroup } from '../components/Choice';
import { Dialog } from '../components/Dialog';
import { TextField } from '../components/Field';
import { FilterLine, Search } from '../components/Filters';
import { ListTable } from '../components/ListTable';
import { Badge, When } from '../components/Pieces';
import { Empty, Problem } from '../components/Views';
import type { IColumn } from '../components/VirtualTable';
import { useSettled } from '../components/clock';
import { useGemini, useTrans } from '../components/context';
import { bytes } from '../components/quantities';
import type { ITrans } from '../i18n/trans';
import { useQuery } from './router';
import { PageHead } from './PageHead';
import { useTitle } from './title';

export function AssetsPage({ kind }: { kind: AssetKind }): React.JSX.Element {
  const trans = useTrans();
  const title = kind === 'dataset' ? trans.__('Datasets') : trans.__('Models');
  useTitle(title);
  const [q, setQ] = useQuery('q');
  const { workspaceId } = useGemini();
  const search = useSettled(q, 250);
  const assets = useAssets(kind, { search, workspaceId });
  const columns = useMemo(() => columnsOf(kind, trans), [kind, trans]);
  const [making, setMaking] = useState(false);
  const add = (
    <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
      {kind === 'dataset' ? trans.__('New dataset') : trans.__('New model')}
    </Button>
  );
  const empty = assets.state === 'ready' && assets.rows.length === 0;
  return (
    <>
      <PageHead title={trans.__('Data')}>{!(empty && q === '') && add}</PageHead>
      <nav className="gm-tablist" aria-label={trans.__('Kinds of data')}>
        <PlaceLink className="gm-tabs-tab" place={{ to: 'datasets' }} current={kind === 'dataset'}>
          {trans.__('Datasets')}
        </PlaceLink>
        <PlaceLink className="gm-tabs-tab" place={{ to: 'models' }} current={kind === 'model'}>
          {trans.__('Models')}
        </PlaceLink>
      </nav>
      <div className="gm-list">
        <FilterLine>
          <Search label={trans.__('Search by name or tag')} value={q} onChange={setQ} />
        </FilterLine>
        <ListTable
          label={title}
          list={assets}
          columns={columns}
          empty={
            <Empty
              icon={kind === 'dataset' ? 'data' : 'model'}
              title={q ? trans.__('Nothing matches the filter.') : noneYet(kind, trans)}
            >
              {!q && add}
            </Empty>
          }
        />
      </div>
      {making && <NewAsset kind={kind} onClose={() => setMaking(false)} />}
    </>
  );
}

function noneYet(kind: AssetKind, trans: ITrans): string {
  return kind === 'dataset' ? trans.__('No dataset yet.') : trans.__('No model yet.');
}

function columnsOf(kind: AssetKind, trans: ITrans): IColumn<IAsset>[] {
  return [
    {
      name: 'name',
      label: trans.__('Name'),
      width: 'minmax(120px, 1fr)',
      cell: asset => (
        <PlaceLink className="gm-row-link" place={{ to: 'asset', kind, id: asset.id }} title={asset.name}>
          {asset.name}
        </PlaceLink>
      )
    },
    {
      name: 'version',
      label: trans.__('Newest version'),
      width: '112px',
      cell: asset =>
        asset.latestVersion ? (
          versionName(asset.latestVersion.number)
        ) : (
          <span className="gm-quiet">{trans.__('Draft')}</span>
        )
    },
    {
      name: 'size',
      label: trans.__('Size'),
      width: '88px',
      from: 560,
      end: true,
      cell: asset => (
        <span className="gm-number-text">{asset.latestVersion ? bytes(asset.latestVersion.size) : '–'}</span>
      )
    },
    {
      name: 'visibility',
      label: trans.__('Visibility'),
      width: '112px',
      from: 480,
      cell: asset => visibilityWord(asset.visibility, trans)
    },
    {
      name: 'tags',
      label: trans.__('Tags'),
      width: 'minmax(80px, 0.6fr)',
      from: 760,
      cell: asset => asset.tags.map(tag => <Badge key={tag}>{tag}</Badge>)
    },
    { name: 'owner', label: trans.__('Owner'), width: '96px', from: 900, cell: asset => asset.owner },
    {
      name: 'created',
      label: trans.__('Created'),
      width: '120px',
      from: 640,
      cell: asset => <When at={asset.createdAt} />
    }
  ];
}

function NewAsset({ kind, onClose }: { kind: AssetKind; onClose: () => void }): React.JSX.Element {
  const { api, trans, go, workspaceId } = useGemini();
  const [name, setName] = useState('');
  const [tags, setTags] = useState('');
  const [visibility, setVisibility] = useState<Visibility>('workspace');
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const make = async (): Promise<void> => {
    setTried(true);
    if (name.trim() === '') {
      return;
    }
    try {
      const body = {
        name: name.trim(),
        tags: tags.split(/[,，\s]+/).filter(Boolean),
        visibility,
        workspaceId
      };
      const asset = await api.post<IAsset>(assetsPath(kind), body);
      go({ to: 'asset', kind, id: asset.id });
    } catch (problem) {
      setError(asApiError(problem));
    }
  };
  const placed = error?.field === 'name' ? error.message : null;
  return (
    <Dialog
      title={kind === 'dataset' ? trans.__('New dataset') : trans.__('New model')}
      onClose={onClose}
      buttons={
        <>
          <Button onClick={onClose}>{trans.__('Cancel')}</Button>
          <Button kind="primary" submit onClick={make}>
            {trans.__('Create')}
          </Button>
        </>
      }
    >
      <TextField
        name="assetName"
        label={trans.__('Name')}
        required
        value={name}
        maxLength={64}
        error={tried && name.trim() === '' ? trans.__('Enter a name') : placed}
        onChange={setName}
      />
      <ChoiceGroup
        label={trans.__('Visibility')}
        name="visibility"
        look="chips"
        value={visibility}
        onChange={chosen => setVisibility(chosen as Visibility)}
        choices={(['private', 'workspace', 'public'] as const).map(value => ({
          value,
          title: visibilityWord(value, trans)
        }))}
      />
      <TextField
        name="assetTags"
        label={trans.__('Tags')}
        value={tags}
        hint={trans.__('Separated by spaces or commas.')}
        onChange={setTags}
      />
      {error && !placed && <Problem error={error} />}
    </Dialog>
  );
}
