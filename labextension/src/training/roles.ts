/** Roles of a distributed task as the form holds them: what is wrong with them, how they are said. Pure. */
import type { IRole } from '../api/types';
import type { ITrans } from '../i18n/trans';

export const ROLES_LIMIT = 8;
export const INSTANCES_LIMIT = 64;
const NAME = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;
const FIRST: IRole = { name: 'worker', instances: 2, command: '' };

/** What is offered first: two of one kind, as most frameworks want it. */
export const FIRST_ROLES: readonly IRole[] = [FIRST];

/** The name of a role's field, as the wire says it. */
export function roleField(index: number, part: keyof IRole): string {
  return `roles[${index}].${part}`;
}

/** One more role, with a name that none has. */
export function withOneMore(roles: readonly IRole[]): IRole[] {
  const names = new Set(roles.map(role => role.name));
  const numbered = Array.from({ length: ROLES_LIMIT }, (_, index) => `role-${index + 1}`);
  const name = ['worker', ...numbered].find(one => !names.has(one)) ?? '';
  return [...roles, { name, instances: 1, command: '' }];
}

/** Mistakes by field. */
export function roleMistakes(roles: readonly IRole[], trans: ITrans): Partial<Record<string, string>> {
  const found: Partial<Record<string, string>> = {};
  roles.forEach((role, index) => {
    const name = role.name.trim();
    if (!NAME.test(name)) {
      found[roleField(index, 'name')] = trans.__(
        'At most 20 lower-case letters, digits and hyphens, a letter first'
      );
    } else if (roles.slice(0, index).some(other => other.name.trim() === name)) {
      found[roleField(index, 'name')] = trans.__('Another role has this name');
    }
    if (!Number.isInteger(role.instances) || role.instances < 1 || role.instances > INSTANCES_LIMIT) {
      found[roleField(index, 'instances')] = trans.__('Between 1 and %1', INSTANCES_LIMIT);
    }
  });
  return found;
}

/** How many instances there are in all. */
export function instancesOf(roles: readonly IRole[]): number {
  return roles.reduce((sum, role) => sum + (Number.isInteger(role.instances) ? role.instances : 0), 0);
}

/** `worker × 4`, one for each role. */
export function rolesText(roles: readonly IRole[]): string {
  return roles.map(role => `${role.name || '–'}\u00a0×\u00a0${role.instances || '–'}`).join(', ');
}

/** What each of several has; alone it is said as it is. */
export function times(instances: number, text: string): string {
  return instances > 1 ? `${instances}\u00a0×\u00a0${text}` : text;
}
