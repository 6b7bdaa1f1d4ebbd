/** Datasets and models, which behave the same, and what the two are called. */
import { path } from '../api/request';
import type { IAsset, Visibility } from '../api/types';
import type { ITrans } from '../i18n/trans';
import { useList, type IList } from '../stores/hooks';

export type AssetKind = 'dataset' | 'model';

/** The API's path of all of a kind. */
export function assetsPath(kind: AssetKind): string {
  return kind === 'dataset' ? '/datasets' : '/models';
}

/** The API's path of one, and below it. */
export function assetPath(kind: AssetKind, id: string, ...below: string[]): string {
  return assetsPath(kind) + path(id, ...below);
}

/** How the list is narrowed. `search`: by name or tag, on the server. */
export interface IAssetFilters {
  search?: string;
  workspaceId?: string | null;
}

export function useAssets(
  kind: AssetKind,
  { search = '', workspaceId = null }: IAssetFilters
): IList<IAsset> {
  const wanted = search.trim().toLowerCase();
  return useList<IAsset>({
    path: assetsPath(kind),
    kind,
    query: { search: search.trim(), workspaceId },
    limit: 100,
    belongs: one =>
      (workspaceId === null || one.workspaceId === workspaceId) &&
      [one.name, ...one.tags].some(text => text.toLowerCase().includes(wanted))
  });
}

export function visibilityWord(visibility: Visibility, trans: ITrans): string {
  return {
    private: trans.__('Private'),
    workspace: trans.__('Workspace'),
    public: trans.__('Public')
  }[visibility];
}

/** `v3`. */
export function versionName(number: number): string {
  return `v${number}`;
}
