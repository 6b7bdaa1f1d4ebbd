/** What every section of the training form is given. */
import type { IDraft, IResolved } from './draft';

export interface ISectionProps {
  draft: IResolved;
  change: (part: Partial<IDraft>) => void;
  /** The mistake to show under a field, if any. */
  error: (field: string) => string | null;
  /** A field was left: from now on its mistake is shown. */
  onLeave: (field: string) => void;
}
