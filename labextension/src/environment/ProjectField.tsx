/** The project of an environment, and a new one made on the spot. */
import { useState } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import type { IProject } from '../api/types';
import { Button } from '../components/Button';
import { Dialog } from '../components/Dialog';
import { SelectField, TextField } from '../components/Field';
import { Problem } from '../components/Views';
import { useGemini } from '../components/context';

export interface IProjectFieldProps {
  projects: readonly IProject[];
  value: string;
  error?: string | null;
  /** It stays as it is. */
  fixed?: boolean;
  onChange: (id: string) => void;
  /** After a project was made: read them again. */
  onMade: () => void;
}

export function ProjectField(props: IProjectFieldProps): React.JSX.Element {
  const { trans } = useGemini();
  const [making, setMaking] = useState(false);
  return (
    <div className={props.fixed ? undefined : 'gm-with-button'}>
      <SelectField
        name="projectId"
        label={trans.__('Project')}
        required
        disabled={props.fixed}
        value={props.value}
        error={props.error}
        empty={props.value ? undefined : trans.__('Choose a project')}
        options={props.projects.map(one => ({ value: one.id, label: one.name }))}
        hint={trans.__('Its code is at /gemini/code, its outputs at /gemini/output.')}
        onChange={props.onChange}
      />
      {!props.fixed && (
        <Button icon="plus" onClick={() => setMaking(true)}>
          {trans.__('New project')}
        </Button>
      )}
      {making && (
        <NewProject
          onClose={() => setMaking(false)}
          onMade={project => {
            setMaking(false);
            props.onMade();
            props.onChange(project.id);
          }}
        />
      )}
    </div>
  );
}

function NewProject(props: { onClose: () => void; onMade: (project: IProject) => void }): React.JSX.Element {
  const { api, trans, workspaceId } = useGemini();
  const [name, setName] = useState('');
  const [missing, setMissing] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const make = async (): Promise<void> => {
    if (name.trim() === '') {
      setMissing(true);
      return;
    }
    try {
      props.onMade(await api.post<IProject>('/projects', { name: name.trim(), workspaceId }));
    } catch (problem) {
      setError(asApiError(problem));
    }
  };
  const placed = error?.field === 'name' ? error.message : null;
  return (
    <Dialog
      title={trans.__('New project')}
      onClose={props.onClose}
      buttons={
        <>
          <Button onClick={props.onClose}>{trans.__('Cancel')}</Button>
          <Button kind="primary" submit onClick={make}>
            {trans.__('Create project')}
          </Button>
        </>
      }
    >
      <TextField
        name="projectName"
        label={trans.__('Project name')}
        required
        value={name}
        maxLength={64}
        error={missing && name.trim() === '' ? trans.__('Enter a name') : placed}
        onChange={setName}
      />
      {error && !placed && <Problem error={error} />}
    </Dialog>
  );
}
