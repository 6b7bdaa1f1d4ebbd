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

export function useAssets(kind: AssetKind): IList<IAsset> {
  return useList<IAsset>({ path: assetsPath(kind), kind, limit: 200 });
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
