/** What to do first, with a mark on what is done already; each line leads to where it is done. */
import { Button, OutLink, PlaceLink } from '../components/Button';
import { Icon } from '../components/Icon';
import { useTrans, type Place } from '../components/context';
import type { ITrans } from '../i18n/trans';
import type { IProgress } from './checklist';

interface IFirstStep {
  title: string;
  detail: string;
  done: boolean;
  place: Place;
  verb: string;
  /** Out of our pages, where the place is one. */
  url?: string | null;
}

export interface IFirstStepsProps {
  progress: IProgress;
  onHide: () => void;
}

export function FirstSteps({ progress, onHide }: IFirstStepsProps): React.JSX.Element {
  const trans = useTrans();
  const steps = stepsOf(progress, trans);
  const next = steps.findIndex(step => !step.done);
  return (
    <section className="gm-first-steps" aria-labelledby="gm-first-steps">
      <div className="gm-block-head">
        <h2 id="gm-first-steps">{trans.__('First steps')}</h2>
        <span className="gm-quiet">
          {trans.__('%1 of %2 done', steps.filter(step => step.done).length, steps.length)}
        </span>
        <span className="gm-spacer" />
        <Button kind="quiet" icon="close" onClick={onHide}>
          {trans.__('Hide')}
        </Button>
      </div>
      <ol>
        {steps.map((step, index) => (
          <Step key={step.title} step={step} number={index + 1} next={index === next} />
        ))}
      </ol>
    </section>
  );
}

function Step(props: { step: IFirstStep; number: number; next: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { step, next } = props;
  const kind = next ? 'primary' : step.done ? 'quiet' : 'plain';
  return (
    <li data-done={step.done || undefined} aria-current={next ? 'step' : undefined}>
      <span className="gm-first-step-mark">
        {step.done ? <Icon name="check" /> : <span aria-hidden="true">{props.number}</span>}
      </span>
      <div>
        <h3>
          {step.title}
          {step.done && <span className="gm-hidden"> ({trans.__('done')})</span>}
        </h3>
        {!step.done && <p>{step.detail}</p>}
      </div>
      {step.url ? (
        <OutLink kind={kind} href={step.url} newTab>
          {step.verb}
        </OutLink>
      ) : (
        <PlaceLink kind={kind} place={step.place}>
          {step.verb}
        </PlaceLink>
      )}
    </li>
  );
}

function stepsOf(progress: IProgress, trans: ITrans): IFirstStep[] {
  return [
    {
      title: trans.__('Have a project'),
      detail: trans.__(
        'Code and outputs belong to a project; all its environments and tasks share them. It is made with the first environment.'
      ),
      done: progress.projects,
      place: { to: 'environment-new' },
      verb: trans.__('New project')
    },
    {
      title: trans.__('Have data'),
      detail: trans.__(
        'A dataset is uploaded once, kept in versions, and mounted read-only wherever you work. Commit a version to use it.'
      ),
      done: progress.data,
      place: { to: 'datasets' },
      verb: trans.__('Datasets')
    },
    {
      title: trans.__('Have an image'),
      detail: trans.__(
        'The software that environments and tasks begin with. An operator provides the first one.'
      ),
      done: progress.images,
      place: { to: 'environment-new' },
      verb: trans.__('See the images')
    },
    {
      title: trans.__('Start an environment'),
      detail: trans.__('A JupyterLab of your own, with a project, data and the resources it needs.'),
      done: progress.environments,
      place: { to: 'environment-new' },
      verb: trans.__('New environment')
    },
    {
      title: trans.__('Try your code'),
      detail: trans.__(
        'Open JupyterLab once the environment runs. Data is at /gemini/data-1, results go to /gemini/output.'
      ),
      done: progress.tried,
      place: { to: 'home' },
      url: progress.labUrl,
      verb: progress.labUrl ? trans.__('Open JupyterLab') : trans.__('Environments')
    },
    {
      title: trans.__('Submit a training task'),
      detail: trans.__(
        'From a file in JupyterLab or from here. Unlike a job in a terminal it outlives your browser tab, and its log, state, outputs and cost are kept.'
      ),
      done: progress.trained,
      place: { to: 'training-create' },
      verb: trans.__('Submit training')
    }
  ];
}
