/** A dataset or model: its draft, to which files are sent, and its versions, which never change. */
import { useCallback, useState } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import { RESET, type IEvent } from '../api/events';
import type { IAsset, IFile, IVersion } from '../api/types';
import { assetPath, versionName, visibilityWord, type AssetKind } from '../catalogue/assets';
import { Block } from '../components/Block';
import { Button, PlaceLink } from '../components/Button';
import { Confirm } from '../components/Dialog';
import { FileTable } from '../components/FileTable';
import { Badge, When } from '../components/Pieces';
import { Empty, Problem, Skeleton } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { bytes } from '../components/quantities';
import { useAnswer, useEvents, useItem, usePages, type IAnswer } from '../stores/hooks';
import { PageHead } from './PageHead';
import { useTitle } from './title';
import { UploadArea } from './UploadArea';

export function AssetPage({ kind, id }: { kind: AssetKind; id: string }): React.JSX.Element {
  const { trans, go } = useGemini();
  const { item, error, reload } = useItem<IAsset>(assetPath(kind, id), kind, id);
  const versions = useAnswer<IVersion[]>(assetPath(kind, id, 'versions'), { limit: 200 });
  const { reload: reloadVersions } = versions;
  const onChange = useCallback(
    (event: IEvent) => (event.id === id || event.kind === RESET) && reloadVersions(),
    [id, reloadVersions]
  );
  useEvents(kind, onChange);
  const [deleting, setDeleting] = useState(false);
  useTitle(item?.name ?? (kind === 'dataset' ? trans.__('Dataset') : trans.__('Model')));
  if (!item) {
    return error ? <Problem error={error} onRetry={reload} /> : <Skeleton rows={6} />;
  }
  const list = { to: kind === 'dataset' ? ('datasets' as const) : ('models' as const) };
  return (
    <>
      <PageHead title={item.name} back={list}>
        <Button icon="trash" onClick={() => setDeleting(true)}>
          {trans.__('Delete')}
        </Button>
      </PageHead>
      <p className="gm-asset-facts">
        <Badge>{visibilityWord(item.visibility, trans)}</Badge>
        {item.tags.map(tag => (
          <Badge key={tag}>{tag}</Badge>
        ))}
        <span>{item.owner}</span>
        <When at={item.createdAt} />
      </p>
      <Draft kind={kind} id={id} onCommitted={versions.reload} />
      <Versions kind={kind} id={id} versions={versions} />
      {deleting && (
        <DeleteAsset kind={kind} asset={item} onClose={() => setDeleting(false)} onGone={() => go(list)} />
      )}
    </>
  );
}

function DeleteAsset(props: {
  kind: AssetKind;
  asset: IAsset;
  onClose: () => void;
  onGone: () => void;
}): React.JSX.Element {
  const { api, trans } = useGemini();
  const { kind, asset } = props;
  return (
    <Confirm
      title={trans.__('Delete %1?', asset.name)}
      verb={trans.__('Delete')}
      danger
      onConfirm={() => api.del(assetPath(kind, asset.id)).then(props.onGone)}
      onClose={props.onClose}
    >
      <p>{trans.__('All its versions and their files are lost for good.')}</p>
    </Confirm>
  );
}

/** The next version, still open: files come and go until it is committed. */
function Draft(props: { kind: AssetKind; id: string; onCommitted: () => void }): React.JSX.Element {
  const { api, trans, notify } = useGemini();
  const { kind, id } = props;
  const files = usePages<IFile>(assetPath(kind, id, 'draft', 'files'));
  const [error, setError] = useState<ApiError | null>(null);
  const commit = async (): Promise<void> => {
    try {
      const version = await api.post<IVersion>(assetPath(kind, id, 'versions'), {});
      notify({ title: trans.__('Version %1 committed', versionName(version.number)) });
      setError(null);
      files.reload();
      props.onCommitted();
    } catch (problem) {
      setError(asApiError(problem));
    }
  };
  const remove = async (file: IFile): Promise<void> => {
    try {
      await api.del(assetPath(kind, id, 'draft', 'files', ...file.path.split('/')));
      files.reload();
    } catch (problem) {
      setError(asApiError(problem));
    }
  };
  return (
    <Block
      title={trans.__('Draft')}
      beside={
        <Button kind="primary" icon="check" disabled={!files.data?.length} onClick={commit}>
          {trans.__('Commit version')}
        </Button>
      }
    >
      <UploadArea
        path={file => assetPath(kind, id, 'draft', 'files', ...file.split('/'))}
        onDone={files.reload}
      />
      {error && <Problem error={error} />}
      {files.error && <Problem error={files.error} onRetry={files.reload} />}
      {files.data && files.data.length > 0 && (
        <FileTable
          label={trans.__('Files of the draft')}
          files={files.data}
          total={files.total}
          more={files.more}
          timed={false}
          action={file => (
            <Button
              kind="quiet"
              icon="trash"
              label={trans.__('Delete %1', file.path)}
              onClick={() => remove(file)}
            />
          )}
        />
      )}
    </Block>
  );
}

function Versions(props: { kind: AssetKind; id: string; versions: IAnswer<IVersion[]> }): React.JSX.Element {
  const trans = useTrans();
  const { versions } = props;
  const sorted = [...(versions.data ?? [])].sort((one, other) => other.number - one.number);
  return (
    <Block title={trans.__('Versions')}>
      {versions.error && <Problem error={versions.error} onRetry={versions.reload} />}
      {versions.data?.length === 0 && (
        <Empty icon="data" title={trans.__('No version yet')}>
          <p>
            {trans.__('Send files to the draft, then commit it: a version never changes and can be mounted.')}
          </p>
        </Empty>
      )}
      <div>
        {sorted.map(version => (
          <Version key={version.id} {...props} version={version} />
        ))}
      </div>
      {sorted.length > 0 && (
        <PlaceLink place={{ to: 'environment-new' }}>{trans.__('Mount it in a new environment')}</PlaceLink>
      )}
    </Block>
  );
}

/** A version; its files are asked for when it is opened. */
function Version(props: { kind: AssetKind; id: string; version: IVersion }): React.JSX.Element {
  const trans = useTrans();
  const [open, setOpen] = useState(false);
  const { kind, id, version } = props;
  const files = usePages<IFile>(open ? assetPath(kind, id, 'versions', version.id, 'files') : null);
  return (
    <details className="gm-version" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>{versionName(version.number)}</strong>
        <span>{trans._n('%1 file', '%1 files', version.files)}</span>
        <span className="gm-number-text">{bytes(version.size)}</span>
        <When at={version.createdAt} />
      </summary>
      {files.error && <Problem error={files.error} onRetry={files.reload} />}
      {files.data ? (
        <FileTable
          label={versionName(version.number)}
          files={files.data}
          total={files.total}
          more={files.more}
          timed={false}
        />
      ) : (
        open && <Skeleton rows={3} />
      )}
    </details>
  );
}
