/** Projects that a person may work in, and the one to begin with. Pure. */
import type { IMe, IProject } from '../api/types';

/** Others may be seen; work is charged to a project's workspace, so only its members start any. */
export function usableProjects(projects: readonly IProject[], me: IMe): IProject[] {
  const own = new Set(me.workspaces.map(one => one.id));
  return projects.filter(one => own.has(one.workspaceId));
}

/** The one last worked in, else the newest: what the server takes where none is named. */
export function usualProject(projects: readonly IProject[], me: IMe): IProject | null {
  return projects.find(one => one.id === me.lastProjectId) ?? projects[0] ?? null;
}
