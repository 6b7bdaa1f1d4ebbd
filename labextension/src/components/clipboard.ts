/** Copies text, also where the page has no clipboard: over plain HTTP browsers give it none. */

/** Copies `text`; whether it did. `beside`: where the focus is, so that a dialog that is open lets us work. */
export async function copyText(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, beside);
  }
}

function copySelected(text: string, beside: HTMLElement): boolean {
  const area = document.createElement('textarea');
  area.className = 'gm-hidden';
  area.readOnly = true;
  area.value = text;
  beside.after(area);
  area.select();
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else copies without a secure context
    return document.execCommand('copy');
  } finally {
    area.remove();
    beside.focus();
  }
}
