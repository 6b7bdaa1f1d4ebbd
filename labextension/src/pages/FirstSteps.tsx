/** What to do first, with a mark on what is done already. */
import { useEffect, useState } from 'react';
import { PlaceLink } from '../components/Button';
import { Icon } from '../components/Icon';
import { Skeleton } from '../components/Views';
import { useGemini, useTrans, type Place } from '../components/context';

interface ITotals {
  projects: number;
  datasets: number;
  tasks: number;
}

interface IFirstStep {
  title: string;
  detail: string;
  done: boolean;
  place: Place;
  verb: string;
}

export function FirstSteps(): React.JSX.Element {
  const trans = useTrans();
  const totals = useTotals();
  if (!totals) {
    return <Skeleton rows={3} />;
  }
  const steps: IFirstStep[] = [
    {
      title: trans.__('Have data'),
      detail: trans.__(
        'A dataset is uploaded once, kept in versions, and mounted read-only wherever you work.'
      ),
      done: totals.datasets > 0,
      place: { to: 'datasets' },
      verb: trans.__('Datasets')
    },
    {
      title: trans.__('Start an environment'),
      detail: trans.__('A JupyterLab of your own, with a project, data and the resources it needs.'),
      done: false,
      place: { to: 'environment-new' },
      verb: trans.__('New environment')
    },
    {
      title: trans.__('Submit a training task'),
      detail: trans.__('From a file in JupyterLab or from here; its log, state, outputs and cost are kept.'),
      done: totals.tasks > 0,
      place: { to: 'training-create' },
      verb: trans.__('Submit training')
    }
  ];
  const next = steps.findIndex(step => !step.done);
  return (
    <section className="gm-first-steps" aria-labelledby="gm-first-steps">
      <h2 id="gm-first-steps">{trans.__('First steps')}</h2>
      <ol>
        {steps.map((step, index) => (
          <li key={step.title} data-done={step.done || undefined}>
            <span className="gm-first-step-mark">
              {step.done ? <Icon name="check" /> : <span aria-hidden="true">{index + 1}</span>}
            </span>
            <div>
              <h3>
                {step.title}
                {step.done && <span className="gm-hidden"> ({trans.__('done')})</span>}
              </h3>
              <p>{step.detail}</p>
            </div>
            <PlaceLink kind={index === next ? 'primary' : 'plain'} place={step.place}>
              {step.verb}
            </PlaceLink>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** How much there is of each; what cannot be counted counts as none. */
function useTotals(): ITotals | null {
  const { api } = useGemini();
  const [totals, setTotals] = useState<ITotals | null>(null);
  useEffect(() => {
    let current = true;
    const total = (path: string): Promise<number> =>
      api.list(path, { limit: 1 }).then(
        page => page.total,
        () => 0
      );
    void Promise.all([total('/projects'), total('/datasets'), total('/training-tasks')]).then(
      ([projects, datasets, tasks]) => current && setTotals({ projects, datasets, tasks })
    );
    return () => {
      current = false;
    };
  }, [api]);
  return totals;
}
