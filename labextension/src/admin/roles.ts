/** Roles in a workspace, in words (TEN-2). */
import type { IWorkspace } from '../api/types';
import type { ITrans } from '../i18n/trans';

export function roleWord(role: IWorkspace['role'], trans: ITrans): string {
  const words = {
    owner: trans.__('owner'),
    admin: trans.__('admin'),
    member: trans.__('member')
  };
  return words[role];
}
