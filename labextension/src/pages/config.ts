/** What the control plane tells a page about itself. */

export interface IPageConfig {
  /** Where our pages live, with a slash at its end. */
  base: string;
  /** Where the hub lives, with a slash at its end. */
  hub: string;
  person: string;
  /** Whether the person operates the platform: what is only theirs to see is led to. */
  operator: boolean;
  version: string;
}

export function readConfig(): IPageConfig {
  const text = document.getElementById('gemini-config')?.textContent;
  if (!text) {
    throw new Error('gemini-config is missing');
  }
  return JSON.parse(text) as IPageConfig;
}
