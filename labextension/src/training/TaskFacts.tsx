/** What a task was started with, and what happened to it. */
import type { IMount, ITask } from '../api/types';
import { CopyButton, Elapsed, Pairs, When, ZoneName } from '../components/Pieces';
import { StateBadge } from '../components/StateBadge';
import { useTrans } from '../components/context';
import { cards, cores, gigabytes, pricePerHour } from '../components/quantities';
import { modeWord, rolesText } from './tasks';

export function ConfigurationTab({ task }: { task: ITask }): React.JSX.Element {
  const trans = useTrans();
  return (
    <Pairs
      pairs={[
        [
          trans.__('Start command'),
          <span className="gm-path">
            <code className="gm-command">{task.command}</code>
            <CopyButton text={task.command} label={trans.__('Copy the command')} />
          </span>
        ],
        task.description ? [trans.__('Description'), task.description] : null,
        [trans.__('Launch mode'), modeWord(task.launchMode, trans)],
        task.environmentName ? [trans.__('Development environment'), task.environmentName] : null,
        [trans.__('Project'), task.projectName],
        task.availabilityZone ? [trans.__('Zone'), <ZoneName id={task.availabilityZone} />] : null,
        [trans.__('GPU'), cards(task.gpuType, task.gpuCount, trans)],
        [trans.__('CPU'), cores(task.cpuCores, trans)],
        [trans.__('Memory'), gigabytes(task.memory)],
        [trans.__('Image'), task.image],
        [trans.__('Roles'), rolesText(task)],
        ...task.datasets.map(mount => [trans.__('Dataset'), <Mount mount={mount} />] as const),
        ...task.models.map(mount => [trans.__('Model'), <Mount mount={mount} />] as const),
        [trans.__('Price per hour'), pricePerHour(task.pricePerHour, trans)],
        [trans.__('Owner'), task.owner],
        [
          trans.__('Id'),
          <span className="gm-path">
            <code>{task.id}</code>
            <CopyButton text={task.id} label={trans.__('Copy the id')} />
          </span>
        ]
      ]}
    />
  );
}

function Mount({ mount }: { mount: IMount }): React.JSX.Element {
  return (
    <>
      {mount.assetName} v{mount.versionNumber} <code>{mount.path}</code>
    </>
  );
}

/** Every state with its time, how long it lasted, and why it came. */
export function EventsTab({ task }: { task: ITask }): React.JSX.Element {
  return (
    <ol className="gm-events">
      {task.timeline.map((moment, index) => (
        <li key={`${moment.state} ${moment.at}`}>
          <When at={moment.at} />
          <StateBadge state={moment.state} reason={moment.reason} since={moment.at} />
          <span>{moment.reason?.message}</span>
          {index < task.timeline.length - 1 && (
            <span className="gm-quiet">
              <Elapsed start={moment.at} end={task.timeline[index + 1]?.at ?? null} />
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}
