/** What a task was started with, and what happened to it. */
import type { IMount, ITask } from '../api/types';
import { CopyButton, Elapsed, Pairs, When, ZoneName } from '../components/Pieces';
import { StateBadge } from '../components/StateBadge';
import { useGemini } from '../components/context';
import { cards, cores, gigabytes, pricePerHour } from '../components/quantities';
import { duration } from '../components/times';
import type { ReactNode } from 'react';
import type { ITrans } from '../i18n/trans';
import { rolesText, times } from './roles';
import { modeWord, priorityWord } from './tasks';

export function ConfigurationTab({ task }: { task: ITask }): React.JSX.Element {
  const { trans, language } = useGemini();
  const each = (text: string): string => times(task.instances, text);
  return (
    <Pairs
      pairs={[
        ...commands(task, trans),
        task.description ? [trans.__('Description'), task.description] : null,
        [trans.__('Launch mode'), modeWord(task.launchMode, trans)],
        task.environmentName ? [trans.__('Development environment'), task.environmentName] : null,
        [trans.__('Project'), task.projectName],
        task.availabilityZone ? [trans.__('Zone'), <ZoneName id={task.availabilityZone} />] : null,
        [
          trans.__('GPU'),
          task.gpuCount > 0 ? each(cards(task.gpuType, task.gpuCount, trans)) : cards(null, 0, trans)
        ],
        [trans.__('CPU'), each(cores(task.cpuCores, trans))],
        [trans.__('Memory'), each(gigabytes(task.memory))],
        [trans.__('Image'), task.image],
        [trans.__('Roles'), rolesText(task.roles)],
        task.launchMode === 'dynamic' ? [trans.__('Priority'), priorityWord(task.priority, trans)] : null,
        task.retries > 0
          ? [trans.__('Attempt'), trans.__('%1 of at most %2', task.attempt, task.retries + 1)]
          : null,
        task.maxDuration ? [trans.__('Time limit'), duration(task.maxDuration, language)] : null,
        ...task.datasets.map(mount => [trans.__('Dataset'), <Mount mount={mount} />] as const),
        ...task.models.map(mount => [trans.__('Model'), <Mount mount={mount} />] as const),
        [
          task.instances > 1 ? trans.__('Price per hour of all') : trans.__('Price per hour'),
          pricePerHour(task.pricePerHour, trans)
        ],
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

/** What is run; of several roles, by each. */
function commands(task: ITask, trans: ITrans): (readonly [string, ReactNode])[] {
  const run = task.mode === 'distributed' ? task.roles : [{ name: '', command: task.command }];
  return run.map(({ name, command }) => [
    name ? trans.__('Start command of %1', name) : trans.__('Start command'),
    <span className="gm-path">
      <code className="gm-command">{command}</code>
      <CopyButton text={command} label={trans.__('Copy the command')} />
    </span>
  ]);
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
