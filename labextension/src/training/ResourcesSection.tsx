/** Resources: how the task gets them (two cards), and then which. */
import type { RetryReason } from '../api/types';
import { Block } from '../components/Block';
import { ChoiceGroup } from '../components/Choice';
import { NumberField, SelectField } from '../components/Field';
import { Badge } from '../components/Pieces';
import { useTrans } from '../components/context';
import type { ITrans } from '../i18n/trans';
import { Specification, ZoneField } from './DynamicResources';
import { EnvironmentChoice } from './EnvironmentChoice';
import { RolesSection } from './RolesSection';
import type { IResolved } from './draft';
import type { IResourcesSectionProps } from './section';
import { PRIORITIES, priorityWord } from './tasks';

export function ResourcesSection(props: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <Block title={trans.__('Resources')}>
      <LaunchModes {...props} />
      <TaskModes {...props} />
      {props.draft.launchMode === 'existing' ? <EnvironmentChoice {...props} /> : <ZoneField {...props} />}
      {props.draft.launchMode === 'dynamic' &&
        (props.draft.mode === 'distributed' ? <RolesSection {...props} /> : <Specification {...props} />)}
      {props.draft.launchMode === 'dynamic' && <Policy {...props} />}
      <TimeLimit {...props} />
    </Block>
  );
}

function LaunchModes({ draft, change, running }: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  const none = running.length === 0;
  return (
    <ChoiceGroup
      label={trans.__('Launch mode')}
      name="launchMode"
      look="cards"
      value={draft.launchMode}
      onChange={mode => change({ launchMode: mode === 'existing' ? 'existing' : 'dynamic' })}
      choices={[
        {
          value: 'existing',
          title: trans.__('Use a running development environment'),
          badge: <Badge>{trans.__('%1 available', running.length)}</Badge>,
          detail: trans.__(
            'Reuses an environment you already have: starts at once, with no wait for resources'
          ),
          disabled: none,
          reason: none ? trans.__('No development environment is running') : undefined
        },
        {
          value: 'dynamic',
          title: trans.__('Create resources dynamically'),
          badge: <Badge tone="accent">{trans.__('Recommended')}</Badge>,
          detail: trans.__(
            'Choose zone and node as you need; the platform allocates the best resources by itself'
          )
        }
      ]}
    />
  );
}

/** Who waits in front of whom, and what a failure means. */
function Policy({ draft, change, error }: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-columns">
      <SelectField
        name="priority"
        label={trans.__('Priority')}
        required
        value={draft.priority}
        error={error('priority')}
        options={PRIORITIES.map(value => ({ value, label: priorityWord(value, trans) }))}
        onChange={chosen => change({ priority: PRIORITIES.find(one => one === chosen) ?? 'normal' })}
      />
      <NumberField
        name="retries"
        label={trans.__('Retries after a failure')}
        required
        min={0}
        max={10}
        value={draft.retries}
        error={error('retries')}
        hint={retryHint(draft, trans)}
        onChange={retries => change({ retries: Number.isInteger(retries) ? retries : 0 })}
      />
    </div>
  );
}

/** A clone may be tried again after some kinds of failures alone. */
function retryHint({ retries, retryOn }: IResolved, trans: ITrans): string | undefined {
  const words: Record<RetryReason, string> = {
    code: trans.__('failure of the code'),
    node: trans.__('failure of a node'),
    'out-of-memory': trans.__('out of memory')
  };
  const all = Object.keys(words).length;
  return retries > 0 && retryOn && retryOn.length > 0 && retryOn.length < all
    ? trans.__('As the task it was cloned from only after: %1.', retryOn.map(one => words[one]).join(', '))
    : undefined;
}

function TimeLimit({ draft, change, error }: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-columns">
      <NumberField
        name="maxDuration"
        label={trans.__('Time limit')}
        min={1}
        unit={trans.__('minutes')}
        value={draft.maxDuration === null ? NaN : draft.maxDuration / 60}
        error={error('maxDuration')}
        hint={trans.__('A task that takes longer is ended and has failed. Left empty there is no limit.')}
        onChange={minutes => change({ maxDuration: Number.isNaN(minutes) ? null : Math.round(minutes * 60) })}
      />
    </div>
  );
}

/** TRAIN-3b. What cannot be chosen says why. */
function TaskModes({ draft, change }: IResourcesSectionProps): React.JSX.Element {
  const trans = useTrans();
  const existing = draft.launchMode === 'existing';
  const dynamicOnly = trans.__('Needs resources created dynamically');
  const reason = existing ? dynamicOnly : trans.__('Not offered on this platform yet');
  const distributed = existing ? { disabled: true, reason: dynamicOnly } : {};
  return (
    <ChoiceGroup
      label={trans.__('Task mode')}
      name="taskMode"
      look="chips"
      value={draft.mode}
      onChange={mode => change({ mode: mode === 'distributed' ? 'distributed' : 'standalone' })}
      choices={[
        { value: 'standalone', title: trans.__('Single machine') },
        { value: 'distributed', title: trans.__('Custom distributed'), ...distributed },
        { value: 'horovod', title: 'Horovod', disabled: true, reason }
      ]}
    >
      <p className="gm-field-hint">
        {existing ? `${trans.__('Custom distributed')}, ` : ''}Horovod: {reason}
      </p>
    </ChoiceGroup>
  );
}
