/** The panel: this environment above, training below. */
import { useEffect, type ReactElement } from 'react';
import { inLab, type ILab } from '../gemini';
import { EnvironmentSection } from './environment';
import { TrainingSection } from './training';

/** The panel's content. */
export function makePanel(lab: ILab): ReactElement {
  return inLab(lab, <Panel lab={lab} />);
}

function Panel({ lab }: { lab: ILab }): ReactElement {
  const { environment } = lab;
  useEffect(() => environment.load(), [environment]);
  return (
    <div className="gm-panel-body">
      <EnvironmentSection model={environment} />
      <TrainingSection commands={lab.commands} />
    </div>
  );
}
