/** What every section of the training form is given. */
import type { IEnvironment, IZone } from '../api/types';
import type { IDraft, IOffered, IResolved } from './draft';

export interface ISectionProps {
  draft: IResolved;
  offered: IOffered;
  change: (part: Partial<IDraft>) => void;
  /** The mistake to show under a field, if any. */
  error: (field: string) => string | null;
  /** A field was left: from now on its mistake is shown. */
  onLeave: (field: string) => void;
}

/** What the section of resources and its parts are given. */
export interface IResourcesSectionProps extends ISectionProps {
  running: readonly IEnvironment[];
  zones: readonly IZone[];
}
