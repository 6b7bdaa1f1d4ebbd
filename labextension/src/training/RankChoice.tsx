/** Which rank of a task of several is looked at, and how each of them is. */
import type { IRole, ITask } from '../api/types';
import { DropDown } from '../components/DropDown';
import { StateBadge, stateWord } from '../components/StateBadge';
import { useTrans } from '../components/context';
import type { ITrans } from '../i18n/trans';

export interface IWhich {
  role: string;
  /** Within the role. */
  rank: number;
}

type RankState = 'running' | 'succeeded' | 'failed';
const STATES: readonly RankState[] = ['running', 'succeeded', 'failed'];

/** The state that the task's folder tells of a rank; null: it has not begun. */
export function rankState(task: ITask, which: IWhich): RankState | null {
  const found = task.ranks.find(one => one.role === which.role && one.rank === which.rank)?.state;
  return STATES.find(state => state === found) ?? null;
}

export function RankChoice(props: {
  task: ITask;
  which: IWhich;
  onChange: (which: IWhich) => void;
}): React.JSX.Element | null {
  const trans = useTrans();
  const { task, which, onChange } = props;
  if (task.instances < 2) {
    return null;
  }
  const role = task.roles.find(one => one.name === which.role) ?? task.roles[0];
  const state = rankState(task, which);
  return (
    <div className="gm-filterline gm-ranks">
      <label>
        {trans.__('Role')}
        <DropDown value={which.role} onChange={event => onChange({ role: event.target.value, rank: 0 })}>
          {task.roles.map(one => (
            <option key={one.name} value={one.name}>
              {one.name}
            </option>
          ))}
        </DropDown>
      </label>
      <label>
        {trans.__('Rank')}
        <DropDown
          value={which.rank}
          onChange={event => onChange({ ...which, rank: Number(event.target.value) })}
        >
          {numbers(role).map(rank => (
            <option key={rank} value={rank}>
              {`${rank} · ${rankWord(task, { ...which, rank }, trans)}`}
            </option>
          ))}
        </DropDown>
      </label>
      {state && <StateBadge state={state} />}
      <span className="gm-quiet">{countsText(task, trans)}</span>
    </div>
  );
}

function numbers(role: IRole | undefined): number[] {
  return Array.from({ length: role?.instances ?? 0 }, (_, rank) => rank);
}

function rankWord(task: ITask, which: IWhich, trans: ITrans): string {
  const state = rankState(task, which);
  return state ? stateWord(state, trans) : trans.__('waiting');
}

/** `Running 3, Failed 1 of 4`. */
function countsText(task: ITask, trans: ITrans): string {
  const counts = STATES.map(state => [state, task.ranks.filter(one => one.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${stateWord(state, trans)} ${count}`);
  return counts.length > 0 ? trans.__('Of %1 ranks: %2', task.instances, counts.join(' · ')) : '';
}
