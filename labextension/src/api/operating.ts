/** The wire models that only operators see. */
import type { IWorkspace } from './types';

export interface IAccountWorkspace {
  id: string;
  name: string;
  role: IWorkspace['role'] | null;
  balance: string;
  members: number;
  createdAt: string;
}

export interface IBalance {
  workspaceId: string;
  balance: string;
  inArrears: boolean;
}

export interface IPosting {
  id: string;
  kind: string;
  amount: string;
  note: string;
  person: string;
  projectId: string | null;
  holderId: string | null;
  minutes: number;
  hour: string;
  createdAt: string;
}

/** A posting with both its sides. */
export interface ITransaction {
  posting: IPosting;
  entries: { account: string; amount: string }[];
}

export interface IUser {
  id: string;
  name: string;
  admin: boolean;
  operator: boolean;
  workspaces: { id: string; name: string; role: IWorkspace['role'] }[];
  environments: number;
  tasks: number;
  lastActivity: string | null;
  createdAt: string | null;
}

export type Health = 'ok' | 'unknown' | 'warning' | 'failed';

export interface IPart {
  name: string;
  title: string;
  state: Health;
  message: string;
  remedy: string | null;
  detail: string | null;
  facts: { name: string; label: string; value: string }[];
}

export interface IPlatform {
  at: string;
  state: Health;
  version: string;
  parts: IPart[];
}
