/** Basic information: name, data, model, description, what is started. */
import { MountPicker } from '../catalogue/MountPicker';
import { Block } from '../components/Block';
import { SelectField, TextField } from '../components/Field';
import { useTrans } from '../components/context';
import type { ISectionProps } from './section';

export function BasicsSection(props: ISectionProps): React.JSX.Element {
  const trans = useTrans();
  const { draft, change, error, onLeave } = props;
  return (
    <Block title={trans.__('Basic information')}>
      <TextField
        name="taskName"
        label={trans.__('Task name')}
        required
        value={draft.taskName}
        error={error('taskName')}
        maxLength={64}
        onChange={taskName => change({ taskName })}
        onBlur={() => onLeave('taskName')}
      />
      <MountPicker
        kind="dataset"
        required
        picks={draft.datasets}
        error={error('datasetId')}
        onChange={datasets => change({ datasets })}
        onBlur={() => onLeave('datasetId')}
      />
      <MountPicker
        kind="model"
        picks={draft.models}
        error={error('modelId')}
        onChange={models => change({ models })}
      />
      <ProjectAndCommand {...props} />
      <TextField
        name="description"
        label={trans.__('Description')}
        value={draft.description}
        lines={2}
        error={error('description')}
        onChange={description => change({ description })}
      />
    </Block>
  );
}

/** Whose code runs, and with which command; `existing` runs the code of its environment's project. */
function ProjectAndCommand({ draft, offered, change, error }: ISectionProps): React.JSX.Element {
  const trans = useTrans();
  const { project } = draft;
  return (
    <>
      {!draft.environment && (
        <SelectField
          name="projectId"
          label={trans.__('Project')}
          required
          value={draft.projectId}
          error={error('projectId')}
          hint={trans.__('Its code runs, as it is at this moment.')}
          empty={draft.projectId ? undefined : trans.__('Choose a project')}
          options={offered.projects.map(one => ({ value: one.id, label: one.name }))}
          onChange={projectId => change({ projectId })}
        />
      )}
      <TextField
        name="command"
        label={trans.__('Start command')}
        code
        lines={2}
        value={draft.command}
        error={error('command')}
        placeholder={project?.defaultCommand ?? undefined}
        hint={
          project?.defaultCommand
            ? trans.__('Left empty, the default of project %1 runs.', project.name)
            : trans.__('Runs in the code folder of the project.')
        }
        onChange={command => change({ command })}
      />
    </>
  );
}
