/** What operators narrow the lists of everybody's work to: name, state, person, workspace. */
import type { IAccountWorkspace, IUser } from '../api/operating';
import type { AnyState } from '../api/types';
import { FilterLine, Search, Select, StateSelect } from '../components/Filters';
import { useTrans } from '../components/context';
import { useAnswer } from '../stores/hooks';

export interface IWorkFilters {
  q: string;
  state: string;
  owner: string;
  workspaceId: string;
}

export const NO_FILTERS: IWorkFilters = { q: '', state: '', owner: '', workspaceId: '' };

/** What every piece of work has that it is found by. */
export interface IWork {
  state: AnyState;
  owner: string;
  workspaceId: string;
}

/** Whether work that changed still belongs to a list with these filters, as the server would say. */
export function fits(work: IWork, name: string, filters: IWorkFilters): boolean {
  return (
    name.toLowerCase().includes(filters.q.trim().toLowerCase()) &&
    (filters.state === '' || filters.state === work.state) &&
    (filters.owner === '' || filters.owner === work.owner) &&
    (filters.workspaceId === '' || filters.workspaceId === work.workspaceId)
  );
}

export function isFiltered(filters: IWorkFilters): boolean {
  return Object.values(filters).some(value => value !== '');
}

export interface IWorkFiltersProps {
  filters: IWorkFilters;
  states: readonly AnyState[];
  workspaces: readonly IAccountWorkspace[];
  onChange: (filters: IWorkFilters) => void;
  /** How many there are, in words. */
  count: string | null;
}

export function WorkFilters(props: IWorkFiltersProps): React.JSX.Element {
  const trans = useTrans();
  const { filters, onChange } = props;
  return (
    <FilterLine count={props.count}>
      <Search
        label={trans.__('Search by name')}
        value={filters.q}
        onChange={q => onChange({ ...filters, q })}
      />
      <StateSelect
        states={props.states}
        value={filters.state}
        onChange={state => onChange({ ...filters, state })}
      />
      <People value={filters.owner} onChange={owner => onChange({ ...filters, owner })} />
      <Select
        label={trans.__('Workspace')}
        all={trans.__('All workspaces')}
        value={filters.workspaceId}
        options={props.workspaces.map(one => ({ value: one.id, label: one.name }))}
        onChange={workspaceId => onChange({ ...filters, workspaceId })}
      />
    </FilterLine>
  );
}

/** The people by name; one whom the address names is there however many there are. */
function People(props: { value: string; onChange: (name: string) => void }): React.JSX.Element {
  const trans = useTrans();
  const people = useAnswer<IUser[]>('/users', { limit: 200 }).data ?? [];
  const names = new Set([...(props.value ? [props.value] : []), ...people.map(one => one.name)]);
  return (
    <Select
      label={trans.__('Person')}
      all={trans.__('All people')}
      value={props.value}
      options={[...names].map(name => ({ value: name, label: name }))}
      onChange={props.onChange}
    />
  );
}
