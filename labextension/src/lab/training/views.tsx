/** The views of training as Lab's tabs show them. */
import type { ReactElement } from 'react';
import type { ITrainingPreset } from '../../components/context';
import { TrainingForm } from '../../training/TrainingForm';
import { CommandIDs } from '../../tokens';
import { inLab, type ILab } from '../gemini';

/** The form. Its tab closes with it; after a submission the list of tasks comes (TRAIN-5). */
export function makeForm(lab: ILab, preset: ITrainingPreset, close: () => void): Promise<ReactElement> {
  const created = (): void => {
    void lab.commands.execute(CommandIDs.openTrainingList).then(close);
  };
  return inLab(lab, <TrainingForm preset={preset} onCreated={created} onCancel={close} />);
}
