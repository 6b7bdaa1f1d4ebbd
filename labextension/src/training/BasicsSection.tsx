/** Basic information: name, data, model, description, what is started. */
import type { IProject } from '../api/types';
import { MountPicker } from '../catalogue/MountPicker';
import { Block } from '../components/Block';
import { SelectField, TextField } from '../components/Field';
import { useGemini, useTrans } from '../components/context';
import { useAnswer } from '../stores/hooks';
import type { ISectionProps } from './section';

export function BasicsSection({ draft, change, error, onLeave }: ISectionProps): React.JSX.Element {
  const trans = useTrans();
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
      <ProjectAndCommand draft={draft} change={change} error={error} onLeave={onLeave} />
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
function ProjectAndCommand({ draft, change, error }: ISectionProps): React.JSX.Element {
  const { trans, workspaceId } = useGemini();
  const answer = useAnswer<IProject[]>('/projects', { limit: 200, workspaceId });
  const projects = answer.data ?? [];
  const project = projects.find(one => one.id === draft.projectId) ?? projects[0];
  return (
    <>
      {!draft.environment && (
        <SelectField
          name="projectId"
          label={trans.__('Project')}
          required
          value={draft.projectId || (project?.id ?? '')}
          error={error('projectId')}
          hint={trans.__('Its code runs, as it is at this moment.')}
          options={projects.map(one => ({ value: one.id, label: one.name }))}
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
