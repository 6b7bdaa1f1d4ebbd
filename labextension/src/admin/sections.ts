/** The sections of the operators' page, in the order of its tabs. */
import type { AdminSection } from '../components/context';
import type { ITrans } from '../i18n/trans';

export const SECTIONS: readonly AdminSection[] = ['environments', 'tasks', 'workspaces', 'users', 'health'];

export function sectionWord(section: AdminSection, trans: ITrans): string {
  const words: Record<AdminSection, string> = {
    environments: trans.__('Environments'),
    tasks: trans.__('Training tasks'),
    workspaces: trans.__('Workspaces'),
    users: trans.__('People'),
    health: trans.__('Health')
  };
  return words[section];
}

export function asSection(text: string): AdminSection | undefined {
  return SECTIONS.find(section => section === text);
}
